# SPDX-License-Identifier: MIT
# What "cmake --install" puts where, in two components: ringdown (the service) and tools (the simulators).
# Configuration lies in /etc whatever the prefix is, and is never overwritten.
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME ringdown)
set(RINGDOWN_ETC /etc/ringdown)
find_program(GZIP_PROGRAM gzip REQUIRED)

install(TARGETS ringdown RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(simulator callsim modelsim)
	if(TARGET ${simulator})
		install(PROGRAMS $<TARGET_FILE:${simulator}> DESTINATION ${CMAKE_INSTALL_BINDIR}
			RENAME ringdown-${simulator} COMPONENT tools)
		# What is installed as a program and not as a target, nobody strips.
		install(CODE "
			if(CMAKE_INSTALL_DO_STRIP)
				execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND \"${CMAKE_STRIP}\"
					\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/ringdown-${simulator}\")
			endif()
		" COMPONENT tools)
	endif()
endforeach()

# The unit names the program by its full path, which is known only now.
install(CODE "
	file(READ \"${CMAKE_SOURCE_DIR}/systemd/ringdown.service\" unit)
	string(REPLACE \"/usr/bin/\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
	file(WRITE \"${CMAKE_BINARY_DIR}/ringdown.service\" \"\${unit}\")
" COMPONENT ringdown)
install(FILES ${CMAKE_BINARY_DIR}/ringdown.service systemd/ringdown.socket DESTINATION lib/systemd/system)
install(FILES systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME ringdown.conf)
install(FILES systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME ringdown.conf)

# Manual pages and the changelog are packed, as Debian wants them; -n: the same bytes each time.
function(install_packed source destination name component)
	set(packed ${CMAKE_BINARY_DIR}/packed/${component}/${name}.gz)
	add_custom_command(OUTPUT ${packed} DEPENDS ${source}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/packed/${component}
		COMMAND ${GZIP_PROGRAM} -9nc ${source} > ${packed} VERBATIM)
	string(MAKE_C_IDENTIFIER packed_${component}_${name} target)
	add_custom_target(${target} ALL DEPENDS ${packed})
	install(FILES ${packed} DESTINATION ${destination} COMPONENT ${component})
endfunction()

file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.[1-9])
foreach(page ${pages})
	get_filename_component(name ${page} NAME)
	string(REGEX MATCH "[0-9]$" section ${name})
	set(component ringdown)
	if(name MATCHES "sim\\.1$")
		set(component tools)
	endif()
	install_packed(${page} ${CMAKE_INSTALL_MANDIR}/man${section} ${name} ${component})
endforeach()

set(doc ${CMAKE_INSTALL_DATADIR}/doc/ringdown)
install_packed(${CMAKE_SOURCE_DIR}/docs/CHANGELOG.md ${doc} changelog ringdown)
install_packed(${CMAKE_SOURCE_DIR}/docs/CHANGELOG.md ${doc}-tools changelog tools)
install(FILES cmake/deb/copyright DESTINATION ${doc}-tools COMPONENT tools)
install(FILES cmake/deb/copyright README.md docs/ARCHITECTURE.md docs/ASSISTANTS.md docs/API.md docs/CALLS.md docs/IVR.md docs/OPERATIONS.md docs/PLANE.md docs/RECORDS.md docs/THREATS.md
	docs/TWILIO-ACCOUNT.md
	DESTINATION ${doc})
install(DIRECTORY systemd/examples/ DESTINATION ${doc}/examples)

function(install_configuration source name)
	install(CODE "
		if(NOT EXISTS \"\$ENV{DESTDIR}${RINGDOWN_ETC}/${name}\")
			get_filename_component(folder \"${RINGDOWN_ETC}/${name}\" DIRECTORY)
			file(INSTALL DESTINATION \"\${folder}\" TYPE FILE FILES \"${CMAKE_SOURCE_DIR}/${source}\")
		endif()
	" COMPONENT ringdown)
endfunction()
install_configuration(systemd/ringdown.conf ringdown.conf)
install_configuration(systemd/assistants/default.json assistants/default.json)
