/* SPDX-License-Identifier: MIT */
/* Faults of a document, and the RFC 6901 pointers that say where. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flow_table.h"

void flow_faults_init(struct flow_faults *f, struct arena *a)
{
	f->arena = a;
	f->n = f->n_errors = 0;
	f->is_cut = false;
}

void flow_fault(struct flow_faults *f, bool is_warning, struct str pointer, const char *reason, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->n_errors += !is_warning;
	struct str message = f->n < FLOW_FAULTS_MAX ? arena_str(f->arena, str_of(text)) : STR("");
	f->is_cut |= message.n == 0;
	if (message.n == 0)
		return;
	f->list[f->n++] = (struct flow_fault){pointer, message, reason, is_warning};
}

/* ~ and / are written ~0 and ~1 (RFC 6901, 3). */
struct str flow_pointer_join(struct arena *a, struct str pointer, const char *name)
{
	size_t n = strlen(name);
	char *text = arena_alloc(a, pointer.n + 2 * n + 1);
	struct buf b;
	buf_init(&b, text, text ? pointer.n + 2 * n + 1 : 0);
	buf_put(&b, pointer);
	buf_putc(&b, '/');
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '~' || name[i] == '/')
			buf_put(&b, name[i] == '~' ? STR("~0") : STR("~1"));
		else
			buf_putc(&b, name[i]);
	}
	return buf_str(&b);
}

struct str flow_pointer_index(struct arena *a, struct str pointer, size_t index)
{
	char *text = arena_printf(a, STR_FMT "/%zu", STR_ARG(pointer), index);
	return str_of(text);
}
