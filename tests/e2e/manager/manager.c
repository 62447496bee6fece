/* SPDX-License-Identifier: MIT */
/* manager PATH - the service manager's end of sd_notify: a datagram socket at PATH.  Says "ready", then one line a
 * message, its own lines separated by blanks: "READY=1", "WATCHDOG=1 STATUS=3 calls".  Ends when stdin does. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

static void tell(char *message, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (message[i] == '\n')
			message[i] = ' ';
	printf("%.*s\n", (int)n, message);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char message[4096];
	int fd = argc == 2 ? listen_at(argv[1]) : -1;
	if (fd < 0)
		return 1;
	printf("ready\n");
	fflush(stdout);
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	while (poll(p, 2, -1) > 0 && !p[1].revents) {
		ssize_t n = recv(fd, message, sizeof(message), 0);
		if (n > 0)
			tell(message, (size_t)n);
	}
	return 0;
}
