# One line a target.
#
#   vf_library(NAME SOURCES a.cc ... HEADERS a.h ... LINKS x ... PRIVATE_LINKS y ... [PLANTED_TWIN])
#           PLANTED_TWIN: also NAME_planted, in which bugs can be planted (base/planted_bug.h)
#   vf_headers(NAME HEADERS a.h ... LINKS x ...)   headers that need no source
#   vf_program(NAME SOURCES main.cc LINKS x ...)
#   vf_test(NAME SOURCES a_test.cc ... LINKS x ... [LABEL unit|sim|e2e|fuzz] [TIMEOUT seconds]
#           [ALONE])                     ALONE: no other test runs meanwhile
#   vf_bench(NAME SOURCES a_bench.cc LINKS x ...)
#   vf_fuzz(NAME SOURCE a_fuzz.cc LINKS x ...)   preset fuzz: a libFuzzer program, in target
#           `fuzzers`; every other preset: a test that replays tests/fuzz/corpus/NAME and mutations

function(vf_common target scope)
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:vf_warnings>)
endfunction()

# The names of `targets`, with the twin in place of each that has one.
function(vf_planted_links result)
  set(links)
  foreach(target ${ARGN})
    if(TARGET ${target}_planted)
      set(target ${target}_planted)
    endif()
    list(APPEND links ${target})
  endforeach()
  set(${result} ${links} PARENT_SCOPE)
endfunction()

# The same sources once more, for tests only, where VF_PLANTED(...) asks instead of being false. What
# links a twin is compiled like it, since headers have such places too. A library that comes between
# a twin and another has to be a twin as well: cmake/vf_layers.cmake sees to it.
function(vf_planted_twin target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  vf_planted_links(links ${ARG_LINKS})
  vf_planted_links(private_links ${ARG_PRIVATE_LINKS})
  add_library(${target}_planted STATIC ${ARG_SOURCES})
  vf_common(${target}_planted PUBLIC)
  target_compile_definitions(${target}_planted PUBLIC VF_PLANTED_BUGS)
  target_link_libraries(${target}_planted PUBLIC ${links} PRIVATE ${private_links})
  set_property(GLOBAL APPEND PROPERTY VF_TWINNED ${target})
endfunction()

function(vf_library target)
  cmake_parse_arguments(ARG "PLANTED_TWIN" "" "SOURCES;HEADERS;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${target} STATIC ${ARG_SOURCES})
  # The header set lets `all_verify_interface_header_sets` compile each header alone.
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
  vf_common(${target} PUBLIC)
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  if(ARG_PLANTED_TWIN)
    vf_planted_twin(${target} SOURCES ${ARG_SOURCES} LINKS ${ARG_LINKS}
                    PRIVATE_LINKS ${ARG_PRIVATE_LINKS})
  endif()
endfunction()

function(vf_headers target)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINKS" ${ARGN})
  add_library(${target} INTERFACE)
  target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} INTERFACE ${ARG_LINKS})
endfunction()

function(vf_program target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  vf_common(${target} PRIVATE)
  target_link_libraries(${target} PRIVATE ${ARG_LINKS})
  set_property(GLOBAL APPEND PROPERTY VF_PROGRAMS ${target})
endfunction()

function(vf_test target)
  cmake_parse_arguments(ARG "ALONE" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
    if(VF_SANITIZE)
      set(ARG_TIMEOUT 300)  # Sanitized code is several times slower.
    endif()
  endif()
  add_executable(${target} ${ARG_SOURCES})
  vf_common(${target} PRIVATE)
  target_link_libraries(${target} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest GTest::gtest_main)
  set_property(GLOBAL APPEND PROPERTY VF_TESTS ${target})
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(ARG_ALONE)
    set_tests_properties(${target} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

function(vf_bench target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  vf_common(${target} PRIVATE)
  target_link_libraries(${target} PRIVATE ${ARG_LINKS} benchmark::benchmark benchmark::benchmark_main)
endfunction()

add_custom_target(fuzzers)

function(vf_fuzz target)
  cmake_parse_arguments(ARG "" "SOURCE" "LINKS" ${ARGN})
  add_executable(${target} ${ARG_SOURCE})
  vf_common(${target} PRIVATE)
  target_link_libraries(${target} PRIVATE ${ARG_LINKS})
  add_dependencies(fuzzers ${target})
  if(VF_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_link_libraries(${target} PRIVATE vf_fuzz_replay)
    add_test(NAME ${target} COMMAND ${target} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${target})
    set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
endfunction()
