/* tap.h - one stream on its way to the recorder: what the loop fills and what the recorder's thread
 * takes, in one block. */
#ifndef RINGDOWN_RECORD_TAP_H
#define RINGDOWN_RECORD_TAP_H

#include "ringdown/base/ring.h"
#include "ringdown/record/record.h"

#include "files.h"
#include "track.h"

/* SPDX-License-Identifier: MIT */

enum {
	TAP_SLOTS = 256, /* both channels for 2.5 s: a disk may be as slow as that */
	TAP_SLOT_SAMPLES = 160,
	TAP_TEXT_BYTES = 128,
	TAP_RESULT_BYTES = 192,
};

enum tap_slot_kind { TAP_SLOT_CALLER, TAP_SLOT_ASSISTANT, TAP_SLOT_CUT };

struct tap_slot {
	uint32_t at; /* samples since the stream began */
	uint8_t kind, n_samples;
	uint8_t sound[TAP_SLOT_SAMPLES];
};

struct document;

struct record_tap {
	/* fixed from record_open on */
	struct ring ring;
	void *memory; /* what the allocator gave: the ring wants more alignment */
	struct recorder *recorder;
	uint64_t call_tag;
	int64_t started_ms; /* wall clock */
	bool has_sound;
	char call_sid[FILES_SID_MAX + 1];
	char stream_sid[TAP_TEXT_BYTES], assistant[TAP_TEXT_BYTES], caller[TAP_TEXT_BYTES],
		called[TAP_TEXT_BYTES];

	/* the loop's */
	uint32_t end[TRACK_CHANNELS]; /* samples: where each channel's sound goes on */
	char result[TAP_RESULT_BYTES];
	_Atomic bool is_closed; /* released after the last slot, turn and result */

	/* the recorder's thread's */
	struct record_tap *next;
	bool is_closing;	   /* is_closed as seen before the last messages were taken */
	struct track *track;	   /* NULL without sound */
	struct document *document; /* borrowed from the recorder; NULL without transcript */
	int stream;		   /* its number in the document */
	uint32_t part;		   /* number in the name of the last sound file */
	int64_t retry_us;	   /* when to try a new sound file */

	struct tap_slot slots[]; /* TAP_SLOTS with sound, none without */
};

struct record_tap *tap_free(struct record_tap *t);

#endif
