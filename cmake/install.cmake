# What `cmake --install` puts where: headers, the static library, the command, and how CMake and
# pkg-config projects find them. A sanitized build is not for installing: its users would have to
# link the sanitizers too.
include(CMakePackageConfigHelpers)
set(NEUROGRAFT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/neurograft)

install(TARGETS neurograft neurograft_determinism EXPORT neurograft_targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/neurograft DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT neurograft_targets NAMESPACE neurograft:: DESTINATION ${NEUROGRAFT_CMAKE_DIR}
  FILE neurograft-targets.cmake)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/neurograft-config.cmake.in
  ${PROJECT_BINARY_DIR}/neurograft-config.cmake INSTALL_DESTINATION ${NEUROGRAFT_CMAKE_DIR})
# Before 1.0 a minor version may change names.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/neurograft-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/neurograft-config.cmake
        ${PROJECT_BINARY_DIR}/neurograft-config-version.cmake
  DESTINATION ${NEUROGRAFT_CMAKE_DIR})

# A static library hands on all that it links, and pkg-config is asked without --static.
get_target_property(determinism_flags neurograft_determinism INTERFACE_COMPILE_OPTIONS)
list(JOIN determinism_flags " " NEUROGRAFT_PC_CFLAGS)
set(hdf5_libraries ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
list(REMOVE_DUPLICATES hdf5_libraries)
list(JOIN hdf5_libraries " " NEUROGRAFT_PC_HDF5)
file(RELATIVE_PATH NEUROGRAFT_PC_UP /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${CMAKE_CURRENT_LIST_DIR}/neurograft.pc.in ${PROJECT_BINARY_DIR}/neurograft.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/neurograft.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
