"""No transcendental of the C library where results are made: its last bit differs by processor.

`neurograft::math` has them all. The same holds for distributions of the standard library and of
Boost that call them, and for generators that are not keyed."""

import re

from source_text import code_only, cpp_files, relative, report

FUNCTIONS = (
    "exp exp2 expm1 log log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh cosh tanh "
    "asinh acosh atanh erf erfc tgamma lgamma cbrt hypot").split()
names = "|".join(name + "f?" for name in FUNCTIONS)
RULES = (
    # std::exp(x), ::exp(x) or exp(x), but not math::exp(x), x.exp() or a declaration of ours.
    (re.compile(rf"(?:\bstd::|(?<![\w:.>])(?:::)?)({names})\s*\("), "use neurograft::math"),
    (re.compile(r"\b(?:std|boost::random|boost)::(normal|lognormal|gamma|poisson|binomial|"
                r"exponential|geometric|negative_binomial|chi_squared|cauchy|weibull|"
                r"extreme_value|student_t|fisher_f)_distribution"), "use neurograft::math"),
    (re.compile(r"\bstd::(random_device|mt19937(?:_64)?|minstd_rand0?|default_random_engine)\b"),
     "use context.stream(...)"),
    (re.compile(r"(?<![\w:.>])(?:std::)?(s?rand)\s*\("), "use context.stream(...)"),
)

# File -> why it may. Nothing that changes the state of a run belongs here.
ALLOWED = {
    "lib/neurograft/core/math.cpp": "defines neurograft::math itself",
    "lib/neurograft/core/math.hpp": "declares neurograft::math itself",
}

problems = []
files = [path for path in cpp_files("lib")
         if relative(path).split("/")[2] in ("core", "world", "brain", "engine", "model", "scenario")
         and relative(path) not in ALLOWED]
for path in files:
    code = code_only(path.read_text())
    for pattern, hint in RULES:
        for match in pattern.finditer(code):
            own = rf"\bauto\s+{match.group(1)}\s*="  # a lambda of the same name
            if not match.group().startswith("std::") and re.search(own, code):
                continue
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{relative(path)}:{line}: {match.group(1)} (differs between "
                            f"machines or runs); {hint}")
report(problems, len(files))
