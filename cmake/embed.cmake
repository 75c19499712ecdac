# Files inside the binary.
#
# pix_embed_templates(TARGET lib NAME pix::tools::templates FILES a.html b.html …)
#   adds a source to `lib` that defines `std::span<const pix::http::Template> pix::tools::templates()`; a template is named by
#   its file's path below the folder of the CMakeLists.txt, without ending: "tool_form", "parts/palette".
#
# pix_embed_texts(TARGET lib NAME pix::web::texts FILES en.toml …)
#   likewise `std::string_view pix::web::texts()`: the files one after the other.
#
# pix_embed_assets(TARGET lib NAME pix::web::assets DIRECTORY dir DEPENDS file …)
#   likewise `std::span<const pix::http::Asset> pix::web::assets()` over every file below `dir` (read when DEPENDS changes), each
#   with gzip and brotli variants where those are smaller. The bytes are taken in by the assembler, which is much faster than
#   a compiler reading them as numbers.

set(PIX_EMBED ${CMAKE_SOURCE_DIR}/scripts/embed)

function(pix_embed kind)
  cmake_parse_arguments(ARG "" "TARGET;NAME;DIRECTORY" "FILES;DEPENDS" ${ARGN})
  string(REPLACE "::" "_" file ${ARG_NAME})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${file}.cc)
  set(outputs ${out})
  if(kind STREQUAL "assets")
    list(APPEND outputs ${CMAKE_CURRENT_BINARY_DIR}/${file}.S)
    set(input ${ARG_DIRECTORY})
  else()
    set(input)
    if(kind STREQUAL "templates")
      set(base ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
    foreach(name ${ARG_FILES})
      get_filename_component(full ${name} ABSOLUTE)
      list(APPEND input ${full})
      list(APPEND files ${full})
    endforeach()
  endif()
  add_custom_command(OUTPUT ${outputs}
    COMMAND /usr/bin/python3 ${PIX_EMBED} ${kind} ${ARG_NAME} ${out} ${base} ${input}
    DEPENDS ${PIX_EMBED} ${ARG_DEPENDS} ${files}
    COMMENT "Embedding ${ARG_NAME}" VERBATIM)
  target_sources(${ARG_TARGET} PRIVATE ${outputs})
endfunction()

function(pix_embed_templates)
  pix_embed(templates ${ARGN})
endfunction()
function(pix_embed_texts)
  pix_embed(texts ${ARGN})
endfunction()
function(pix_embed_assets)
  pix_embed(assets ${ARGN})
endfunction()
