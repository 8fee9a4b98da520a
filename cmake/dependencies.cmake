# The libraries of docs/architecture.md, "Libraries": all of them Debian 12's own packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(websockets REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(mosquitto REQUIRED IMPORTED_TARGET libmosquitto)
pkg_check_modules(pcap REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
if(BUILD_TESTING)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()
