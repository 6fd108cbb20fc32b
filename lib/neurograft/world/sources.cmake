set(world_sources
  agents.cpp
  arrays.cpp
  grid.cpp
  hazards.cpp
  occupancy.cpp
  wall.cpp
  world.cpp)
