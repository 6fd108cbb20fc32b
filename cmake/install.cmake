# What `cmake --install` puts where: headers, the libraries, the command, and how CMake and
# pkg-config projects find them. A sanitized build is not for installing: its users would have to
# link the sanitizers too.
include(CMakePackageConfigHelpers)
set(NEUROGRAFT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/neurograft)

# A set of targets for each component: the shared library must be found without what the static one links.
install(TARGETS neurograft_determinism EXPORT neurograft_flags)
install(TARGETS neurograft EXPORT neurograft_static)
set(exported flags static)
if(NEUROGRAFT_SHARED)
  install(TARGETS neurograft_shared EXPORT neurograft_shared)
  list(APPEND exported shared)
endif()
foreach(name ${exported})
  install(EXPORT neurograft_${name} NAMESPACE neurograft:: DESTINATION ${NEUROGRAFT_CMAKE_DIR}
    FILE neurograft-${name}.cmake)
endforeach()
# The headers that neurograft.hpp brings, and no others: what is not there cannot be relied on.
include(${PROJECT_SOURCE_DIR}/lib/neurograft/public_headers.cmake)
foreach(header ${public_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/lib/neurograft/${header}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/neurograft/${folder})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

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

# pkg-config: `neurograft` is the shared library where there is one, `neurograft-static` always the
# static one, which hands on all that it links.
get_target_property(determinism_flags neurograft_determinism INTERFACE_COMPILE_OPTIONS)
list(JOIN determinism_flags " " NEUROGRAFT_PC_CFLAGS)
set(hdf5_libraries ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
list(REMOVE_DUPLICATES hdf5_libraries)
list(JOIN hdf5_libraries " " NEUROGRAFT_PC_HDF5)
file(RELATIVE_PATH NEUROGRAFT_PC_UP /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
function(neurograft_pkg_config name requires libs)
  set(NEUROGRAFT_PC_NAME ${name})
  set(NEUROGRAFT_PC_REQUIRES "${requires}")
  set(NEUROGRAFT_PC_LIBS "${libs}")
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/neurograft.pc.in
    ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
set(static_requires "fmt sleef tomlplusplus zlib")
set(static_libs
  "-l:libneurograft.a -fopenmp ${NEUROGRAFT_PC_HDF5} ${NIFTI_LIBRARY} ${ZNZ_LIBRARY}")
neurograft_pkg_config(neurograft-static "${static_requires}" "${static_libs}")
if(NEUROGRAFT_SHARED)
  neurograft_pkg_config(neurograft "" "-lneurograft")
else()
  neurograft_pkg_config(neurograft "${static_requires}" "${static_libs}")
endif()
