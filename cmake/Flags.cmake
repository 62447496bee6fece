# The compiler flags of every target of ours, as one interface library.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
add_library(ringdown_flags INTERFACE)
target_compile_features(ringdown_flags INTERFACE c_std_17)
target_compile_definitions(ringdown_flags INTERFACE _GNU_SOURCE RINGDOWN_VERSION="${PROJECT_VERSION}")
target_include_directories(ringdown_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_options(ringdown_flags INTERFACE
	-std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wundef -Wvla -Wformat=2
	-Wdouble-promotion -Wimplicit-fallthrough -Wnull-dereference -Wredundant-decls
	-fvisibility=hidden -fno-common -fstack-protector-strong
	$<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches>
	$<$<BOOL:${RINGDOWN_WERROR}>:-Werror>
	$<$<CONFIG:Release>:-O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>
	$<$<AND:$<CONFIG:Release>,$<C_COMPILER_ID:GNU>>:-ftrivial-auto-var-init=zero>)
# assert() stays on in release: it guards memory that could no longer be trusted.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-O3" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
target_link_options(ringdown_flags INTERFACE -Wl,-z,relro,-z,now)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")
if(RINGDOWN_SANITIZE)
	target_compile_options(ringdown_flags INTERFACE
		-fsanitize=${RINGDOWN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(ringdown_flags INTERFACE -fsanitize=${RINGDOWN_SANITIZE})
endif()
if(RINGDOWN_FUZZ)
	target_compile_options(ringdown_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
