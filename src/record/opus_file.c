/* SPDX-License-Identifier: MIT */
/* libopus at 8 kHz and libogg, not libopusenc: that one always encodes at 48 kHz, three times the
 * CPU for sound that has nothing above 4 kHz (docs/adr/0003-recorder.md). */
#include "opus_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ogg/ogg.h>
#include <opus/opus.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ringdown/base/buf.h"
#include "ringdown/base/mem.h"
#include "ringdown/media/mulaw.h"

#include "files.h"

enum {
	RATE_HZ = 8000,
	CHANNELS = 2,
	GRANULES_A_SAMPLE = 48000 / RATE_HZ, /* RFC 7845: positions count at 48 kHz */
	COMPLEXITY = 3,
	PACKET_BYTES_MAX = 1500,
	PACKETS_A_PAGE = 50,
	HEAD_BYTES = 19,
	TAGS_BYTES_MAX = 256,
};

struct opus_file {
	int fd;
	int error;	   /* sticky: 0 or -errno */
	off_t whole_bytes; /* up to the end of the last page that got out */
	bool has_sound;
	OpusEncoder *encoder;
	ogg_stream_state ogg;
	int16_t frame[CHANNELS * FRAME_8K_SAMPLES]; /* being filled */
	size_t n_frame;				    /* samples of each channel in it */
	uint32_t skip_samples;			    /* the encoder's delay, which players skip */
	int64_t n_samples;			    /* taken so far */
	int64_t n_packets, packet_no;		    /* of sound; of the stream */
	uint32_t n_unflushed;
};

/* A file whose directory is gone would take sound that nobody ever sees. */
static int check_name(const struct opus_file *f)
{
	struct stat st;
	if (fstat(f->fd, &st) < 0)
		return -errno;
	return st.st_nlink ? 0 : -ENOENT;
}

static void write_page(struct opus_file *f, const ogg_page *page)
{
	f->error = check_name(f);
	if (!f->error)
		f->error = files_write(f->fd, page->header, (size_t)page->header_len);
	if (!f->error)
		f->error = files_write(f->fd, page->body, (size_t)page->body_len);
	if (!f->error)
		f->whole_bytes += page->header_len + page->body_len;
	else if (ftruncate(f->fd, f->whole_bytes) < 0)
		f->error = -errno; /* half a page stays; decoders skip it */
}

static void flush_pages(struct opus_file *f)
{
	ogg_page page;
	while (!f->error && ogg_stream_flush(&f->ogg, &page)) {
		write_page(f, &page);
		f->has_sound = f->has_sound || (!f->error && f->n_packets > 0);
	}
	f->n_unflushed = 0;
}

static void put_packet(
	struct opus_file *f, unsigned char *data, size_t n, int64_t granule, bool is_last)
{
	ogg_packet packet = {
		.packet = data,
		.bytes = (long)n,
		.b_o_s = f->packet_no == 0,
		.e_o_s = is_last,
		.granulepos = granule,
		.packetno = f->packet_no++,
	};
	if (ogg_stream_packetin(&f->ogg, &packet) != 0)
		f->error = -ENOMEM;
}

static void put_le32(struct buf *b, uint32_t v)
{
	const char bytes[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};
	buf_put(b, (struct str){bytes, 4});
}

static void put_text(struct buf *b, struct str a, struct str c)
{
	put_le32(b, (uint32_t)(a.n + c.n));
	buf_put(b, a);
	buf_put(b, c);
}

/* RFC 7845 section 5: each header has a page of its own. */
static void put_headers(struct opus_file *f, struct str title)
{
	unsigned char head[HEAD_BYTES], tags[TAGS_BYTES_MAX];
	const uint32_t skip = f->skip_samples * GRANULES_A_SAMPLE;
	struct buf b;
	buf_init(&b, head, sizeof(head));
	buf_put(&b, STR("OpusHead\x01\x02")); /* version 1, two channels */
	buf_putc(&b, (char)skip);
	buf_putc(&b, (char)(skip >> 8));
	put_le32(&b, RATE_HZ);
	buf_put(&b, STR("\0\0\0")); /* gain 0, mapping family 0: left, right */
	put_packet(f, head, b.n, 0, false);
	flush_pages(f);
	buf_init(&b, tags, sizeof(tags));
	buf_put(&b, STR("OpusTags"));
	put_text(&b, str_of(opus_get_version_string()), STR(""));
	put_le32(&b, 2);
	put_text(&b, STR("ENCODER="), STR("ringdown " RINGDOWN_VERSION));
	put_text(&b, STR("TITLE="), title);
	put_packet(f, tags, b.n, 0, false);
	flush_pages(f);
}

static int encoder_open(struct opus_file *f, uint32_t bitrate)
{
	int error = 0;
	opus_int32 lookahead = 0;
	f->encoder = opus_encoder_create(RATE_HZ, CHANNELS, OPUS_APPLICATION_AUDIO, &error);
	if (!f->encoder)
		return -ENOMEM;
	(void)opus_encoder_ctl(f->encoder, OPUS_SET_BITRATE((opus_int32)bitrate));
	(void)opus_encoder_ctl(f->encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	(void)opus_encoder_ctl(f->encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	(void)opus_encoder_ctl(f->encoder, OPUS_GET_LOOKAHEAD(&lookahead));
	f->skip_samples = (uint32_t)lookahead;
	return 0;
}

static void file_free(struct opus_file *f)
{
	if (f->encoder)
		opus_encoder_destroy(f->encoder);
	(void)ogg_stream_clear(&f->ogg);
	if (f->fd >= 0)
		(void)close(f->fd);
	(void)mem_free(f);
}

int opus_file_new(const char *path, struct str title, uint32_t bitrate, struct opus_file **ret_file)
{
	struct opus_file *f = mem_alloc(sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILES_MODE);
	int error = f->fd < 0 ? -errno : encoder_open(f, bitrate);
	/* One logical stream a file: its serial number need not differ from those of others. */
	if (!error && ogg_stream_init(&f->ogg, 1) != 0)
		error = -ENOMEM;
	if (!error) {
		put_headers(f, title);
		error = f->error;
	}
	if (!error) {
		*ret_file = f;
		return 0;
	}
	if (f->fd >= 0)
		(void)unlink(path);
	file_free(f);
	return error;
}

/* The end position tells how much of the last packet counts. */
static void put_frame(struct opus_file *f)
{
	unsigned char data[PACKET_BYTES_MAX];
	opus_int32 n = opus_encode(f->encoder, f->frame, FRAME_8K_SAMPLES, data, sizeof(data));
	f->n_frame = 0;
	if (n < 0) {
		f->error = -EIO;
		return;
	}
	int64_t encoded = ++f->n_packets * FRAME_8K_SAMPLES, end = f->n_samples + f->skip_samples;
	bool is_last = encoded >= end;
	put_packet(f, data, (size_t)n, (is_last ? end : encoded) * GRANULES_A_SAMPLE, is_last);
	if (++f->n_unflushed >= PACKETS_A_PAGE || is_last)
		flush_pages(f);
}

int opus_file_write(struct opus_file *f, const int16_t *stereo, size_t n_samples)
{
	while (n_samples && !f->error) {
		size_t room = FRAME_8K_SAMPLES - f->n_frame,
		       n = n_samples < room ? n_samples : room;
		memcpy(f->frame + CHANNELS * f->n_frame, stereo, n * CHANNELS * sizeof(*stereo));
		f->n_frame += n;
		f->n_samples += (int64_t)n;
		stereo += CHANNELS * n;
		n_samples -= n;
		if (f->n_frame == FRAME_8K_SAMPLES)
			put_frame(f);
	}
	return f->error;
}

/* Silence pushes the last samples through the encoder's delay. */
static void drain(struct opus_file *f)
{
	const int64_t end = f->n_samples + f->skip_samples;
	while (!f->error && f->n_packets * FRAME_8K_SAMPLES < end) {
		memset(f->frame + CHANNELS * f->n_frame, 0,
			(FRAME_8K_SAMPLES - f->n_frame) * CHANNELS * sizeof(*f->frame));
		put_frame(f);
	}
	if (!f->error && fsync(f->fd) < 0)
		f->error = -errno;
}

int opus_file_close(struct opus_file *f, bool *ret_has_sound)
{
	drain(f);
	*ret_has_sound = f->has_sound && f->n_samples > 0;
	int error = f->error;
	file_free(f);
	return error;
}

bool opus_file_has_sound(const struct opus_file *f)
{
	return f->has_sound;
}
