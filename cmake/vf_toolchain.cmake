# Compiler settings that every target of ours shares.

find_program(VF_CCACHE ccache)
if(VF_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VF_CCACHE})
endif()

find_package(Threads REQUIRED)

# Warnings are errors in our code; the headers of packages are system headers and stay silent.
add_library(vf_warnings INTERFACE)
target_compile_options(vf_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 sees an overlapping copy in every optimised `"text" + std::string` (gcc bug 105651).
  target_compile_options(vf_warnings INTERFACE -Wno-restrict)
endif()

# Results must not depend on the machine: no contraction of floating point, no -march.
add_compile_options(-ffp-contract=off)
# msgpack would pull in Boost.Predef otherwise, and everybody who includes it must agree.
add_compile_definitions(MSGPACK_NO_BOOST)

if(VF_SANITIZE)
  add_compile_options(-fsanitize=${VF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VF_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With a sanitizer gcc loses track of what std::function and std::regex initialise.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(VF_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio uses fences, which gcc warns about under this sanitizer.
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code hides from gcc what is initialised: std::regex alone warns dozens of times.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

if(VF_FUZZ)
  # The libraries under test tell the fuzzer which branches an input has reached.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
