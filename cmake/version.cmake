# The commit is stamped at build time, so that a results file always names the tree it came from.
find_package(Git QUIET)
set(NEUROGRAFT_VERSION_SOURCE ${CMAKE_CURRENT_BINARY_DIR}/generated/version.cpp)
add_custom_target(neurograft_stamp
  COMMAND ${CMAKE_COMMAND}
    -DGIT=${GIT_EXECUTABLE} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
    -DCOMPILER=${CMAKE_CXX_COMPILER_ID}\ ${CMAKE_CXX_COMPILER_VERSION}
    -DBUILD_TYPE=${CMAKE_BUILD_TYPE} -DNATIVE=${NEUROGRAFT_NATIVE}
    -DTEMPLATE=${PROJECT_SOURCE_DIR}/cmake/version.cpp.in -DOUTPUT=${NEUROGRAFT_VERSION_SOURCE}
    -P ${PROJECT_SOURCE_DIR}/cmake/stamp.cmake
  BYPRODUCTS ${NEUROGRAFT_VERSION_SOURCE}
  COMMENT "Stamping the version")
