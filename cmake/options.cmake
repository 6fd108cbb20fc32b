option(NEUROGRAFT_BUILD_COMMAND "Build the neurograft command" ${PROJECT_IS_TOP_LEVEL})
option(NEUROGRAFT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(NEUROGRAFT_BUILD_BENCHMARKS "Build the benchmarks" OFF)
option(NEUROGRAFT_SHARED "Build a shared library besides the static one" ${PROJECT_IS_TOP_LEVEL})
option(NEUROGRAFT_NATIVE "Compile for this machine only: outside the promise of equal bytes" OFF)
set(NEUROGRAFT_SANITIZE "" CACHE STRING "Sanitizers to compile in, e.g. address,undefined")
option(NEUROGRAFT_FUZZ "Build the fuzzing targets among the tests; needs Clang" OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# What makes results equal to the last bit on every machine: one instruction set, and no
# contraction of a*b+c, which the compiler may otherwise do in one place and not in another.
add_library(neurograft_determinism INTERFACE)
add_library(neurograft::determinism ALIAS neurograft_determinism)
set_target_properties(neurograft_determinism PROPERTIES EXPORT_NAME determinism)
if(NEUROGRAFT_NATIVE)
  target_compile_options(neurograft_determinism INTERFACE -march=native)
else()
  target_compile_options(neurograft_determinism INTERFACE -march=x86-64-v3 -ffp-contract=off)
endif()

# Other compilers may warn of what is sound.
set(known_compiler OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(known_compiler ${PROJECT_IS_TOP_LEVEL})
endif()
option(NEUROGRAFT_WARNINGS_ARE_ERRORS "Let warnings end the build" ${known_compiler})
add_library(neurograft_warnings INTERFACE)
target_compile_options(neurograft_warnings INTERFACE
  # GCC 12 sees overlap in std::string's own operator+ (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual
  # `#pragma GCC ivdep` is for GCC.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-pragmas>
  $<$<BOOL:${NEUROGRAFT_WARNINGS_ARE_ERRORS}>:-Werror>)

if(NEUROGRAFT_SANITIZE)
  # In instrumented code GCC loses sight of what is set before it is read, and warns of moved variants.
  target_compile_options(neurograft_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_compile_options(-fsanitize=${NEUROGRAFT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NEUROGRAFT_SANITIZE})
endif()
if(NEUROGRAFT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "NEUROGRAFT_FUZZ needs Clang, whose libFuzzer it is")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
