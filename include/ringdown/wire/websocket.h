/* websocket.h - RFC 6455 (December 2011) as a client speaks it: the opening handshake, heads of
 * frames, masks.  Pure; any thread; nothing here allocates. */
#ifndef RINGDOWN_WIRE_WEBSOCKET_H
#define RINGDOWN_WIRE_WEBSOCKET_H

#include "ringdown/base/buf.h"

/* SPDX-License-Identifier: MIT */

enum ws_opcode { /* section 5.2 */
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

enum {
	WS_HEAD_MAX = 14,     /* bytes of a head that ws_seal() writes, at most */
	WS_CONTROL_MAX = 125, /* payload of a control frame */
	WS_KEY_BYTES = 16,    /* random bytes behind a key */
	WS_KEY_TEXT = 25,     /* their base64, terminated */
	WS_ACCEPT_TEXT = 29,  /* what the server makes of a key, terminated */
	WS_NO_CODE = 1005,    /* a close frame without a code; 7.4.1 */
	WS_NO_FRAME = 1006,   /* the connection ended without a close frame */
};

struct ws_head {
	enum ws_opcode opcode;
	bool is_final;
	uint64_t n; /* bytes of payload behind the head: what the peer says, to be checked before it is believed */
};

/* Reads the head of a server's frame.  Its length in bytes; 0: more is needed; -EPROTO: what no server may
 * send (reserved bits and opcodes, a mask, a control frame in pieces or too long, a length not in its
 * shortest form or above 2^63). */
int ws_scan_head(const uint8_t *in, size_t n, struct ws_head *ret_head);

/* Makes a final frame of the n bytes at payload: masks them in place and writes the head into the
 * WS_HEAD_MAX bytes before them.  Where the frame begins; *ret_n: its length. */
uint8_t *ws_seal(uint8_t *payload, size_t n, enum ws_opcode opcode, uint32_t mask, size_t *ret_n);

/* Code and reason of a close frame's payload; false: malformed (one byte, or a code that is not to be sent). */
bool ws_scan_close(struct str payload, unsigned *ret_code, struct str *ret_reason);

/* ---- the opening handshake, section 4.1 ---- */
void ws_key(const uint8_t random[WS_KEY_BYTES], char ret_key[WS_KEY_TEXT]);
void ws_accept(const char *key, char ret_accept[WS_ACCEPT_TEXT]); /* "": no SHA-1 to be had */
/* The request for path at host ("name" or "name:port"); further headers: whole lines, each with its CRLF. */
void ws_put_request(struct buf *b, struct str host, struct str path, const char *key, struct str headers);

struct ws_response { /* views into the text */
	int status;             /* 100..599 */
	struct str retry_after; /* empty: none */
	struct str accept;
	bool is_upgrade;        /* Upgrade: websocket and Connection: upgrade are there */
	bool has_extras;        /* an extension or a subprotocol, which were not asked for */
};
/* Bytes of the head with its empty line; 0: more is needed; -EBADMSG: not an HTTP/1.1 response. */
int ws_scan_response(struct str text, struct ws_response *ret_response);
bool ws_is_accepted(const struct ws_response *r, const char *key); /* the server has understood, and is to be trusted */

#endif
