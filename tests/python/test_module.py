"""test_module.py NEUROGRAFT CONFIG: the Python module against the command, and what its views promise.

The module is found on PYTHONPATH.
"""

import copy
import gc
import pathlib
import subprocess
import sys
import tempfile
import threading
import weakref

import h5py
import numpy as np

import neurograft as ng

command, config_path = sys.argv[1:]
config = ng.Config.from_file(config_path)


def raises(kind, call, *words):
    try:
        call()
    except kind as error:
        for word in words:
            assert word in str(error), (word, str(error))
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def series_of_command(folder):
    output = folder / "command.h5"
    subprocess.run([command, "run", config_path, "-o", output, "--progress", "none"], check=True, capture_output=True)
    with h5py.File(output) as file:
        return {name: data[:] for name, data in file["series"].items()}


def same_numbers_as_the_command(folder):
    expected = series_of_command(folder)
    every_d = expected["time"][1] - expected["time"][0]
    for threads in (1, 2):
        simulation = ng.build(config, threads=threads)
        series = simulation.record(every_d=every_d)
        assert simulation.run_until(expected["time"][-1]) is True
        assert np.array_equal(series["time"], expected["time"])
        names = [name for name in series if name != "time"]
        assert len(names) > 40
        for name in names:
            assert np.array_equal(series[name], expected[name], equal_nan=True), name
        assert simulation.readout("donor_alive") == expected["donor_alive"][-1]
        by_state = simulation.readout("donor_alive_by_state")
        assert by_state.sum() == expected["donor_alive"][-1]
        about = series.about("donor_alive_by_state")
        assert about.unit == "cell" and len(about.dimensions["state"]) == len(by_state)


def views_without_copies():
    simulation = ng.build(config, threads=1)
    debris = simulation.tissue["debris"]
    assert debris.shape == (simulation.grid.parenchyma_size,) and debris.dtype == np.float64
    assert np.shares_memory(debris, simulation.tissue["debris"])
    assert simulation.tissue.unit("debris") == "1" and "debris" in simulation.tissue
    debris[:] = 0.25
    simulation.run_until(0.0)
    assert simulation.readout("debris").max() > 0.2  # what was written is what the run goes on with
    labels = simulation.grid.labels
    raises(ValueError, lambda: labels.__setitem__(0, 1))
    raises(KeyError, lambda: simulation.tissue["no_such"], 'no array "no_such"')
    raises(KeyError, lambda: simulation.tissue["debrs"], 'did you mean "debris"?')
    raises(KeyError, lambda: simulation.agents["stat"], 'no column "stat"; did you mean "state"?')
    image = simulation.grid.image(debris, outside=np.nan)
    assert image.shape == tuple(simulation.grid.shape)
    assert np.isfinite(image).sum() == simulation.grid.parenchyma_size
    raises(ValueError, lambda: simulation.grid.image(debris[:-1]))

    simulation.run_until(2.0)
    state = simulation.agents["state"]
    x = simulation.agents["x"]
    assert len(x) == simulation.agents.size and np.shares_memory(x, simulation.agents["x"])
    alive = np.isin(state, [code for name, code in ng.states.items() if name != "dead"])
    donors = alive & (simulation.agents["kind"] == ng.kinds["donor"])
    assert donors.sum() == simulation.readout("donor_alive")
    raises(BufferError, lambda: simulation.run_until(3.0), "2 numpy views")
    part = x[10:20]
    del x, state
    gc.collect()
    raises(BufferError, lambda: simulation.run_until(3.0), "1 numpy view")
    del part
    gc.collect()
    simulation.run_until(3.0)
    kept = simulation.tissue["debris"]
    del simulation
    gc.collect()
    assert np.isfinite(kept).all()  # a view keeps its simulation


def agents_from_outside():
    """Cells marked dead through a view are gone in the next step."""
    simulation = ng.build(config, threads=2)
    simulation.run_until(2.0)
    before = simulation.readout("donor_alive")
    state = simulation.agents["state"]
    attached = np.flatnonzero(state == ng.states["attached"])[:5]
    state[attached] = ng.states["dead"]
    state[:1] = 99
    del state
    raises(ng.Error, lambda: simulation.step(), "99")
    simulation.agents["state"][:1] = ng.states["dead"]
    assert simulation.readout("donor_alive") <= before - len(attached) and len(attached) == 5
    simulation.step()
    raises(ValueError, lambda: simulation.agents["voxel"].__setitem__(0, 1))


def observers():
    simulation = ng.build(config, threads=1)
    seen, start = [], simulation.day
    simulation.observe(lambda s: seen.append(s.day) or s.day < 1.0)
    assert simulation.run_until(5.0) is False
    assert simulation.day == 1.0 and seen[0] == start and seen == sorted(seen)

    def fails(_):
        raise LookupError("as the observer said")
    simulation.observe(fails)
    raises(LookupError, lambda: simulation.run_until(2.0), "as the observer said")
    held = []
    simulation.observe(lambda s: held.append(s.agents["x"]))
    raises(BufferError, lambda: simulation.run_until(2.0))
    held.clear()
    simulation.observe(None)
    assert simulation.run_until(2.0) is True
    # A run that was watched and broken off is the run that was not.
    plain = ng.build(config, threads=1)
    plain.run_until(2.0)
    assert np.array_equal(plain.agents["x"], simulation.agents["x"])
    tick = simulation.tick
    assert simulation.step() is True and simulation.tick == tick + 1


def several_at_once():
    alone = ng.build(config, threads=1)
    alone.run_until(4.0)
    runs = [ng.build(config, threads=1) for _ in range(3)]
    workers = [threading.Thread(target=run.run_until, args=(4.0,)) for run in runs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for run in runs:
        assert np.array_equal(run.agents["y"], alone.agents["y"])
        assert run.readout("donor_alive") == alone.readout("donor_alive")


def hands_off_what_is_running():
    run = ng.build(config, threads=1)
    series = run.record(every_d=0.5)
    inside, go_on = threading.Event(), threading.Event()

    def wait(_):
        inside.set()
        return go_on.wait(20)

    run.observe(wait)
    worker = threading.Thread(target=run.run_until, args=(1.0,))
    worker.start()
    inside.wait(20)
    raises(ng.Error, lambda: run.run_until(2.0), "running already")
    go_on.set()
    worker.join()
    assert len(series["time"]) > 1


def no_leak_by_observers():
    """An observer that knows its simulation does not keep it for ever."""
    gone = []
    for _ in range(2):
        simulation = ng.build(config, threads=1)
        simulation.observe(lambda s, held=simulation: held.day < 1.0)
        weakref.finalize(simulation, gone.append, 1)
        del simulation
        gc.collect()
    assert len(gone) == 2


def broken_runs_stay_broken():
    simulation = ng.build(config, threads=1)
    simulation.tissue["debris"][:] = np.nan
    error = raises(ng.NumericalError, lambda: simulation.run_until(2.0), "debris")
    assert error.process == "tissue" and error.field == "debris"
    simulation.tissue["debris"][:] = 0.0
    raises(ng.Error, lambda: simulation.run_until(2.0), "half-way")


def errors_and_settings():
    wrong = copy.copy(config).set("graft.cells", -3).set("brain.nonsense", 1)
    error = raises(ng.InputError, lambda: ng.build(wrong), "graft.cells")
    assert len(error.problems) == 2 and isinstance(error, ng.Error)
    assert "-3" not in config.text  # the copy was set, not the original
    raises(ng.InputError, lambda: ng.Config.from_string("a = ["))
    raises(ng.InputError, lambda: ng.Config.from_file("no_such_file.toml"), "no_such_file.toml")
    raises(ValueError, lambda: ng.build(config, threads=0))
    raises(ValueError, lambda: ng.run(config, "unused.h5", threads=-1))
    raises(TypeError, lambda: copy.copy(config).set("brain.source", None), "brain.source")
    assert "one.nii" in copy.copy(config).set("brain.source", pathlib.Path("one.nii")).text
    raises(KeyError, lambda: ng.build(config).readout("no_such"))
    raises(KeyError, lambda: ng.build(config).readout("donor_alve"), 'no readout "donor_alve"; did you mean "donor_alive"?')
    assert "cells = 1234" in copy.copy(config).set("graft.cells", 1234).resolved()
    rows = ng.parameters()
    assert len(rows) > 300 and {"section", "key", "unit", "source", "grade"} <= set(rows[0])
    assert ng.__version__ in subprocess.run([command, "--version"], capture_output=True, text=True).stdout


def whole_runs(folder):
    output = folder / "python.h5"
    days = []

    def stop_in_the_middle(progress):
        days.append(progress.day)
        raise KeyboardInterrupt

    raises(KeyboardInterrupt, lambda: ng.run(config, output, threads=2, progress=stop_in_the_middle))
    told = ng.run(config, output, threads=1, resume=True)
    assert told["end"] == "complete" and days
    same = subprocess.run([command, "compare", output, folder / "command.h5"], capture_output=True, text=True)
    assert same.returncode == 0, same.stdout + same.stderr
    assert told["readouts"]["donor_alive"] > 0
    assert ng.run(config, output, resume=True)["end"] == "already_complete"


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for check in (same_numbers_as_the_command, whole_runs):
        check(folder)
        print(check.__name__)
    for check in (views_without_copies, agents_from_outside, observers, several_at_once, hands_off_what_is_running,
                  no_leak_by_observers, broken_runs_stay_broken, errors_and_settings):
        check()
        print(check.__name__)
