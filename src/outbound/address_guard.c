/* SPDX-License-Identifier: MIT */
/* Ranges after the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). */
#include "address_guard.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ringdown/base/auto.h"

static const struct {
	uint32_t network;
	int bits;
} special_v4[] = {
	{0x00000000, 8},  /* this network */
	{0x0A000000, 8},  /* private */
	{0x64400000, 10}, /* carrier-grade NAT */
	{0x7F000000, 8},  /* loopback */
	{0xA9FE0000, 16}, /* link-local: cloud metadata lives here */
	{0xAC100000, 12}, /* private */
	{0xC0000000, 24}, /* protocol assignments */
	{0xC0000200, 24}, /* documentation */
	{0xC0586300, 24}, /* 6to4 relays */
	{0xC0A80000, 16}, /* private */
	{0xC6120000, 15}, /* benchmarks */
	{0xC6336400, 24}, /* documentation */
	{0xCB007100, 24}, /* documentation */
	{0xE0000000, 4},  /* multicast */
	{0xF0000000, 4},  /* reserved, broadcast */
};

static bool is_public_v4(uint32_t a)
{
	for (size_t i = 0; i < ARRAY_LEN(special_v4); i++)
		if ((a ^ special_v4[i].network) >> (32 - special_v4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t v4_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Global unicast is 2000::/3; inside it, and in front of it, v4 addresses hide. */
static bool is_public_v6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
	if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
		return is_public_v4(v4_at(a + 12));
	if ((a[0] & 0xE0) != 0x20)
		return false;
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return is_public_v4(v4_at(a + 2));
	bool is_assignment = a[0] == 0x20 && a[1] == 0x01 && (a[2] & 0xFE) == 0; /* 2001::/23, Teredo among it */
	bool is_example = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8;
	bool is_example2 = a[0] == 0x3F && a[1] == 0xFF && (a[2] & 0xF0) == 0;
	return !is_assignment && !is_example && !is_example2;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_public_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_public_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return false;
}
