"""check_report.py RUN.h5 PAGE.html: what the page carries, against the results file."""

import base64
import gzip
import html.parser
import json
import re
import sys

import h5py
import numpy

file = h5py.File(sys.argv[1])
text = open(sys.argv[2], encoding="utf-8").read()


class Scripts(html.parser.HTMLParser):
    """Elements with an id, and every address that the page would fetch."""

    def __init__(self):
        super().__init__()
        self.of, self.inside, self.fetched = {}, None, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "script":
            self.inside = attributes.get("id")
        if tag in ("script", "img", "link", "iframe") and (attributes.get("src") or attributes.get("href")):
            self.fetched.append(attributes.get("src") or attributes.get("href"))

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.of[self.inside] = self.of.get(self.inside, "") + data


page = Scripts()
page.feed(text)
assert page.fetched == ["data:,"], page.fetched
assert "<!--NEUROGRAFT" not in text and "/*SCRIPT*/" not in text
assert "&lt;/script>" in re.search("<title>(.*?)</title>", text).group(1)

data = json.loads(page.of["neurograft-data"])
run = data["runs"][0]
assert run["title"] == "</script><b>&" and run["complete"]
assert run["days"] == list(file["series/time"])
names = set()
for readout in run["readouts"]:
    recorded = file["series"][readout["name"]]
    values = numpy.array([numpy.nan if x is None else x for x in readout["values"]])
    assert numpy.array_equal(values, recorded[:].ravel(), equal_nan=True), readout["name"]
    assert [len(axis["labels"]) for axis in readout["axes"]] == list(recorded.shape[1:])
    names.add(readout["name"])
assert len(names) > 40
assert len(run["events"]) == len(file["events/day"])
assert ["graft.cells", "20000.0"] in [one[:2] for one in run["changed"]]

images = run["images"]
shape = tuple(reversed(images["size"]))
blob = lambda index, kind: numpy.frombuffer(
    gzip.decompress(base64.b64decode(page.of[f"blob-{index}"])), kind)
assert numpy.array_equal(blob(images["labels"], "u1").reshape(shape), file["fields/label"])
compared = 0
for layer in images["layers"]:
    codes = blob(layer["blob"], "<u2").reshape(-1, *shape)
    assert len(codes) == len(layer["days"])
    if layer["name"] not in file["fields"]:
        continue
    recorded = file["fields"][layer["name"]][:]
    values = numpy.where(codes == 0, numpy.nan, layer["low"] + layer["step"] * (codes - 1.0))
    assert numpy.array_equal(numpy.isnan(values), numpy.isnan(recorded))
    assert numpy.nanmax(numpy.abs(values - recorded)) <= 0.51 * layer["step"] + 1e-6
    compared += 1
assert compared == 4, compared
