/* socket_options.h - what every TCP socket of a call needs: no waiting for more to send, and an end when the
 * other side has silently gone (LWS.md L-07, L-29). */
#ifndef RINGDOWN_LINK_SOCKET_OPTIONS_H
#define RINGDOWN_LINK_SOCKET_OPTIONS_H

/* SPDX-License-Identifier: MIT */

void socket_set_options(int fd);

#endif
