set(model_sources
  csf_transport.cpp
  lifecycle.cpp
  migration.cpp
  state.cpp)
