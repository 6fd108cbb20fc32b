# The report page is bundled from JavaScript packages, into the library. Without Node.js, or without the
# packages, everything else is built, and `neurograft report` says what is missing.
set(NEUROGRAFT_REPORT_PAGE AUTO CACHE STRING "Build the report page: AUTO (where it can be), ON or OFF")
set(page_sources ${PROJECT_SOURCE_DIR}/lib/neurograft/report/page)
set(page_build ${PROJECT_BINARY_DIR}/report_page)
set(NEUROGRAFT_PAGE_HTML ${page_build}/page.html)

find_program(NEUROGRAFT_NODE NAMES node nodejs)
find_program(NEUROGRAFT_NPM npm)
mark_as_advanced(NEUROGRAFT_NODE NEUROGRAFT_NPM)

# Puts the packages of the lock file into the build folder; `problem` is empty if they are there.
function(neurograft_page_packages problem)
  if(NOT NEUROGRAFT_NODE OR NOT NEUROGRAFT_NPM)
    set(${problem} "Node.js or npm was not found" PARENT_SCOPE)
    return()
  endif()
  foreach(file package.json package-lock.json .npmrc)
    configure_file(${page_sources}/${file} ${page_build}/${file} COPYONLY)
  endforeach()
  file(SHA256 ${page_sources}/package-lock.json lock)
  if(EXISTS ${page_build}/installed)
    file(READ ${page_build}/installed installed)
  endif()
  if(NOT "${installed}" STREQUAL "${lock}")
    message(STATUS "Fetching the packages of the report page")
    # Without a network it is tried again each time; so let it find that out soon.
    execute_process(COMMAND ${NEUROGRAFT_NPM} ci --ignore-scripts
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
      WORKING_DIRECTORY ${page_build} TIMEOUT 180 RESULT_VARIABLE failed
      OUTPUT_FILE ${page_build}/npm.log ERROR_FILE ${page_build}/npm.log)
    if(failed)
      set(${problem} "npm could not fetch its packages; see ${page_build}/npm.log" PARENT_SCOPE)
      return()
    endif()
    # An old Node.js has the packages and cannot use them: better known now than in the build.
    execute_process(COMMAND ${NEUROGRAFT_NODE} ${page_sources}/build.mjs ${page_build} ${page_build}/trial.html
      TIMEOUT 60 RESULT_VARIABLE failed OUTPUT_FILE ${page_build}/trial.log ERROR_FILE ${page_build}/trial.log)
    if(failed)
      set(${problem} "its packages do not run with this Node.js; see ${page_build}/trial.log" PARENT_SCOPE)
      return()
    endif()
    file(WRITE ${page_build}/installed ${lock})
  endif()
  set(${problem} "" PARENT_SCOPE)
endfunction()

if(NEUROGRAFT_REPORT_PAGE STREQUAL "OFF")
  set(page_problem "NEUROGRAFT_REPORT_PAGE is OFF")
else()
  neurograft_page_packages(page_problem)
endif()
if(page_problem)
  if(NEUROGRAFT_REPORT_PAGE STREQUAL "ON")
    message(FATAL_ERROR "The report page cannot be built: ${page_problem}")
  endif()
  message(STATUS "No report page: ${page_problem}. Everything else is built.")
  file(CONFIGURE OUTPUT ${page_build}/empty.html CONTENT "")  # keeps the time of what is there
  set(NEUROGRAFT_PAGE_HTML ${page_build}/empty.html)
else()
  file(GLOB page_files CONFIGURE_DEPENDS
    ${page_sources}/*.js ${page_sources}/*.mjs ${page_sources}/*.css ${page_sources}/*.html)
  add_custom_command(OUTPUT ${NEUROGRAFT_PAGE_HTML}
    COMMAND ${NEUROGRAFT_NODE} ${page_sources}/build.mjs ${page_build} ${NEUROGRAFT_PAGE_HTML}
    DEPENDS ${page_files} ${page_build}/installed
    COMMENT "Bundling the report page")
endif()

# The page's bytes inside the library, from where they are used without a copy.
set(NEUROGRAFT_PAGE_SOURCE ${PROJECT_BINARY_DIR}/generated/page_template.cpp)
configure_file(${CMAKE_CURRENT_LIST_DIR}/page_template.cpp.in ${NEUROGRAFT_PAGE_SOURCE} @ONLY)
set_source_files_properties(${NEUROGRAFT_PAGE_SOURCE} PROPERTIES OBJECT_DEPENDS ${NEUROGRAFT_PAGE_HTML})
