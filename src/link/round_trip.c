/* SPDX-License-Identifier: MIT */
/* A file of its own: <linux/tcp.h>, which knows tcpi_min_rtt, and <netinet/tcp.h> cannot be included together. */
#include "round_trip.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

uint32_t round_trip_us(int fd)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) < 0 ||
		n < offsetof(struct tcp_info, tcpi_min_rtt) + sizeof(info.tcpi_min_rtt))
		return 0;
	return info.tcpi_min_rtt == UINT32_MAX ? 0 : info.tcpi_min_rtt;
}
