set(model_sources
  state.cpp)
