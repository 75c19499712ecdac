# What every library and test of Pix is built with, and the two functions that declare them.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(GTest REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(JWT REQUIRED IMPORTED_TARGET libjwt)
pkg_check_modules(GIT2 REQUIRED IMPORTED_TARGET libgit2)

find_program(PIX_CCACHE ccache)
if(PIX_CCACHE)
  # Sloppiness that precompiled headers need; ccache refuses to cache their users otherwise.
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${PIX_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

add_library(pix_options INTERFACE)
target_compile_options(pix_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -fcoroutines>
  -fPIE)
target_link_options(pix_options INTERFACE -pie)
target_compile_definitions(pix_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_include_directories(pix_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # -Og takes g++ 12 twice as long over coroutines as -O0 does; line tables are what a stack trace needs.
  target_compile_options(pix_options INTERFACE -g1)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # g++ 12 sees overflows in std::string that cannot happen once it inlines (GCC bugs 105329 and 105651).
  target_compile_options(pix_options INTERFACE -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict -Wno-array-bounds)
  target_link_options(pix_options INTERFACE -Wl,--gc-sections -Wl,-O1 -Wl,-z,relro -Wl,-z,now)
  target_compile_options(pix_options INTERFACE -ffunction-sections -fdata-sections -fstack-protector-strong)
  target_compile_definitions(pix_options INTERFACE _FORTIFY_SOURCE=2)
endif()
if(PIX_SANITIZE)
  target_compile_options(pix_options INTERFACE -fsanitize=${PIX_SANITIZE} -fno-omit-frame-pointer)
  if(PIX_SANITIZE MATCHES "undefined")
    target_compile_options(pix_options INTERFACE -fno-sanitize-recover=undefined)
  endif()
  target_link_options(pix_options INTERFACE -fsanitize=${PIX_SANITIZE})
  # The sanitizers' own instrumentation trips these in library headers.
  target_compile_options(pix_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-tsan>)
endif()
# Whatever brings compile definitions is linked here: a precompiled header serves only files with the same ones.
target_link_libraries(pix_options INTERFACE Threads::Threads Boost::json spdlog::spdlog)

# One precompiled header for everything: the standard library, Asio's coroutines, Boost.JSON and Describe. Never Beast.
add_library(pix_pch OBJECT ${CMAKE_SOURCE_DIR}/src/core/base/precompiled.cc)
target_link_libraries(pix_pch PUBLIC pix_options)
target_precompile_headers(pix_pch PRIVATE ${CMAKE_SOURCE_DIR}/src/core/base/precompiled.h)

# Tests have a second one that adds GoogleTest.
add_library(pix_test_pch OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/src/core/base/precompiled.cc)
target_link_libraries(pix_test_pch PUBLIC pix_options GTest::gmock GTest::gtest GTest::gtest_main)
target_precompile_headers(pix_test_pch PRIVATE ${CMAKE_SOURCE_DIR}/src/core/base/precompiled.h <gtest/gtest.h> <gmock/gmock.h>)

# pix_library(NAME SOURCES a.cc ... DEPS lib ... [TESTS a_test.cc ...] [TEST_DEPS lib ...])
# A static library pix_NAME and, when it has tests, an executable NAME_test with one CTest entry a suite.
function(pix_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;TESTS;TEST_DEPS" ${ARGN})
  add_library(pix_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(pix_${name} PUBLIC pix_options ${ARG_DEPS})
  target_precompile_headers(pix_${name} REUSE_FROM pix_pch)
  if(ARG_TESTS)
    pix_test(${name}_test SOURCES ${ARG_TESTS} DEPS pix_${name} ${ARG_TEST_DEPS})
  endif()
endfunction()

# pix_test(NAME SOURCES a_test.cc ... DEPS lib ...)
function(pix_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE pix_options ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  # g++ 12 takes the value of a failed std::expected for used once EXPECT_EQ is inlined.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
  # Where tests find the files of the repository.
  target_compile_definitions(${name} PRIVATE PIX_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_precompile_headers(${name} REUSE_FROM pix_test_pch)
  set_property(GLOBAL APPEND PROPERTY PIX_TESTS ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# pix_fuzz(NAME SOURCES x_fuzz.cc DEPS lib ...): a libFuzzer program, built with clang when PIX_FUZZ is on.
function(pix_fuzz name)
  if(NOT PIX_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE pix_options ${ARG_DEPS})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
