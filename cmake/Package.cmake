# SPDX-License-Identifier: MIT
# "cpack --config build/release/CPackConfig.cmake": ringdown_<version>_<arch>.deb and ringdown-tools_..., for the
# Debian they are built on.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringdown)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "bridge between Twilio phone calls and a Realtime voice model")
set(CPACK_PACKAGE_CONTACT "The ringdown developers <ringdown@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL ringdown)
if(TARGET callsim AND TARGET modelsim)
	list(APPEND CPACK_COMPONENTS_ALL tools)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_RINGDOWN_PACKAGE_NAME ringdown)
set(CPACK_DEBIAN_RINGDOWN_PACKAGE_SECTION comm)
# lws loads its libuv backend when it starts: no symbol tells dpkg-shlibdeps.
set(CPACK_DEBIAN_RINGDOWN_PACKAGE_DEPENDS "systemd, ca-certificates, libwebsockets-evlib-uv")
set(CPACK_DEBIAN_RINGDOWN_DESCRIPTION
	"terminates Twilio Media Streams, turns the sound into what an OpenAI
Realtime model takes and back, and cuts the assistant short to the
millisecond when the caller interrupts.  Webhooks, transcripts, recordings
and metrics are in the same process.")
set(CPACK_DEBIAN_RINGDOWN_PACKAGE_CONTROL_EXTRA
	"${CMAKE_SOURCE_DIR}/cmake/deb/conffiles;${CMAKE_SOURCE_DIR}/cmake/deb/postinst;${CMAKE_SOURCE_DIR}/cmake/deb/prerm;${CMAKE_SOURCE_DIR}/cmake/deb/postrm")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME ringdown-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
	"simulators of a Twilio caller and of a Realtime model, to try and to
measure a ringdown with, without an account anywhere.")
include(CPack)
