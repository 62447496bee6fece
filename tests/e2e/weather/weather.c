/* SPDX-License-Identifier: MIT */
/* weather - a road between two network namespaces with weather on it: delay, jitter (and so reordering), loss, a narrow
 * rate, a cut.  It lies between 198.51.100.1, in the namespace it was started in, and 198.51.100.2, in a namespace of
 * its own that ends with it: `nsenter --net=/proc/<pid>/ns/net` goes there.  Two tun devices and this process in the
 * middle, so that no kernel module is needed.  Root only.
 *
 * Says "ready <pid>" once packets flow.  Each line of stdin sets the weather, "delay_ms jitter_ms loss_permille
 * rate_kbit is_cut", for both directions from then on (rate 0: as fast as it goes), and is answered with a line of what
 * was carried and lost so far.  Ends when stdin does. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringdown/base/auto.h"
#include "ringdown/base/clock.h"

enum { PACKET_MAX = 2048, ROAD_MAX = 8192, BACKLOG_MAX_US = 1000000, MTU = 1500 };

struct weather {
	int64_t delay_us, jitter_us;
	uint32_t loss_permille, rate_kbit;
	bool is_cut;
};

struct packet {
	int64_t due_us;
	size_t n;
	int to; /* fd */
	unsigned char bytes[PACKET_MAX];
};

struct road {
	int ends[2];
	struct weather weather;
	int64_t free_us[2]; /* when the narrow place is free again, a direction */
	struct packet *packets[ROAD_MAX];
	size_t n_packets;
	uint64_t seed, carried, lost;
};

static int fail(const char *what)
{
	fprintf(stderr, "weather: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Takes an interface up, with an address when there is one. */
static int interface_up(const char *name, const char *address)
{
	AUTO(auto_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_mtu = MTU};
	struct sockaddr_in in = {.sin_family = AF_INET};
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (address) {
		(void)inet_pton(AF_INET, address, &in.sin_addr);
		memcpy(&r.ifr_addr, &in, sizeof(in));
		if (ioctl(fd, SIOCSIFADDR, &r) < 0)
			return -errno;
		(void)inet_pton(AF_INET, "255.255.255.0", &in.sin_addr);
		memcpy(&r.ifr_netmask, &in, sizeof(in));
		if (ioctl(fd, SIOCSIFNETMASK, &r) < 0)
			return -errno;
	}
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
}

/* One end of the road, in the namespace we are in now. */
static int open_end(const char *address)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	snprintf(r.ifr_name, sizeof(r.ifr_name), "road");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
		return -errno;
	int err = interface_up("lo", NULL);
	if (err == 0)
		err = interface_up("road", address);
	return err < 0 ? err : fd;
}

static uint64_t chance(struct road *r, uint64_t below)
{
	r->seed ^= r->seed << 13; /* xorshift64: the same weather in every run */
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed % below;
}

/* -1: the packet is lost; else when it comes out at the other end. */
static int64_t due_us(struct road *r, int from, size_t n, int64_t now_us)
{
	const struct weather *w = &r->weather;
	if (w->is_cut || (w->loss_permille && chance(r, 1000) < w->loss_permille))
		return -1;
	int64_t at_us = now_us;
	if (w->rate_kbit) {
		if (r->free_us[from] < now_us)
			r->free_us[from] = now_us;
		if (r->free_us[from] - now_us > BACKLOG_MAX_US)
			return -1;
		r->free_us[from] += (int64_t)(n * 8 * 1000 / w->rate_kbit);
		at_us = r->free_us[from];
	}
	int64_t jitter_us = w->jitter_us ? (int64_t)chance(r, (uint64_t)w->jitter_us * 2) - w->jitter_us : 0;
	return at_us + w->delay_us + jitter_us;
}

static void take_packets(struct road *r, int from)
{
	unsigned char bytes[PACKET_MAX];
	int64_t now_us = clock_now_us();
	for (;;) {
		ssize_t n = read(r->ends[from], bytes, sizeof(bytes));
		if (n <= 0)
			return;
		int64_t at_us = due_us(r, from, (size_t)n, now_us);
		struct packet *p = at_us >= 0 && r->n_packets < ROAD_MAX ? calloc(1, sizeof(*p)) : NULL;
		if (!p) {
			r->lost++;
			continue;
		}
		p->due_us = at_us;
		p->n = (size_t)n;
		p->to = r->ends[!from];
		memcpy(p->bytes, bytes, (size_t)n);
		r->packets[r->n_packets++] = p;
	}
}

/* Everything that is due, earliest first; then how long nothing is, in ms (-1: nothing waits). */
static int give_packets(struct road *r)
{
	for (;;) {
		int64_t now_us = clock_now_us();
		size_t first = 0;
		for (size_t i = 1; i < r->n_packets; i++)
			if (r->packets[i]->due_us < r->packets[first]->due_us)
				first = i;
		if (r->n_packets == 0)
			return -1;
		struct packet *p = r->packets[first];
		if (p->due_us > now_us)
			return (int)((p->due_us - now_us) / 1000) + 1;
		if (write(p->to, p->bytes, p->n) == (ssize_t)p->n)
			r->carried++;
		else
			r->lost++;
		memmove(&r->packets[first], &r->packets[first + 1], (r->n_packets - first - 1) * sizeof(p));
		r->n_packets--;
		free(p);
	}
}

static bool take_weather(struct road *r)
{
	char line[128];
	unsigned v[5];
	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (sscanf(line, "%u %u %u %u %u", &v[0], &v[1], &v[2], &v[3], &v[4]) == 5)
		r->weather = (struct weather){v[0] * 1000LL, v[1] * 1000LL, v[2], v[3], v[4] != 0};
	printf("carried %llu lost %llu\n", (unsigned long long)r->carried, (unsigned long long)r->lost);
	return true;
}

static void run(struct road *r)
{
	struct pollfd fds[3] = {{r->ends[0], POLLIN, 0}, {r->ends[1], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	for (;;) {
		if (poll(fds, 3, give_packets(r)) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				take_packets(r, i);
		if (fds[2].revents && !take_weather(r))
			return;
	}
}

int main(void)
{
	static struct road road = {.seed = 88172645463325252ULL};
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what has not been read */
	road.ends[0] = open_end("198.51.100.1");
	if (road.ends[0] < 0)
		return fail("a tun device in this namespace");
	if (unshare(CLONE_NEWNET) < 0)
		return fail("a network namespace");
	road.ends[1] = open_end("198.51.100.2");
	if (road.ends[1] < 0)
		return fail("a tun device in the new namespace");
	printf("ready %ld\n", (long)getpid());
	run(&road);
	return 0;
}
