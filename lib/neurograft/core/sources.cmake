set(core_sources
  error.cpp
  math.cpp
  parallel.cpp
  parameter.cpp
  processor.cpp
  random.cpp)
