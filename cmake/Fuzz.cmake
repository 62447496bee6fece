# SPDX-License-Identifier: MIT
# fuzz_test(SOURCE): tests/fuzz/fuzz_<name>.c.  Its first line names the rooms it links:
#   /* fuzz: links wire call */
# With RINGDOWN_FUZZ (clang) it becomes a libFuzzer binary; without, the corpus is replayed through it.  Either way
# ctest fuzz-corpus/<name> runs every file of tests/fuzz/corpus/<name>/ and fails when there is none.
function(fuzz_test source)
	get_filename_component(target ${source} NAME_WE)
	get_filename_component(folder ${source} DIRECTORY)
	string(REGEX REPLACE "^fuzz_" "" name ${target})
	file(STRINGS ${source} first LIMIT_COUNT 1)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
	if(NOT first MATCHES "^/\\* fuzz: links ([a-z ]+) \\*/$")
		message(FATAL_ERROR "${source}: the first line must be /* fuzz: links ROOM... */")
	endif()
	string(REPLACE " " ";" rooms ${CMAKE_MATCH_1})
	set(corpus ${folder}/corpus/${name})
	add_executable(${target} ${source})
	foreach(room ${rooms}) # the helpers of its unit tests
		set(help ${folder}/../unit/${room})
		file(GLOB helpers CONFIGURE_DEPENDS ${help}/help_*.c)
		target_sources(${target} PRIVATE ${helpers})
		target_include_directories(${target} PRIVATE ${help})
	endforeach()
	target_link_libraries(${target} PRIVATE ${rooms} ringdown_flags)
	target_compile_definitions(${target} PRIVATE RINGDOWN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
	if(RINGDOWN_FUZZ)
		target_link_options(${target} PRIVATE -fsanitize=fuzzer)
		# -runs=0 stops after the corpus, but takes an empty folder for a success: ask find first.
		add_test(NAME fuzz-corpus/${name} COMMAND sh -c
			"test -n \"$(find '${corpus}' -type f)\" && exec '$<TARGET_FILE:${target}>' -runs=0 '${corpus}'")
	else()
		target_sources(${target} PRIVATE ${folder}/replay_main.c)
		add_test(NAME fuzz-corpus/${name} COMMAND ${target} ${corpus})
	endif()
	set_tests_properties(fuzz-corpus/${name} PROPERTIES TIMEOUT 60 LABELS fuzz)
endfunction()
