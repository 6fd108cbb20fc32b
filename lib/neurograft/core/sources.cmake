set(core_sources
  control_group.cpp
  error.cpp
  math.cpp
  parallel.cpp
  parameter.cpp
  processor.cpp
  random.cpp)
