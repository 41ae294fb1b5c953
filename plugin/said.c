/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/said.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/say/phrases.h"

static const char *const names[] = {
	"fits", "unknown", "tight", "exceeds", "unsized", "inherited", "no-gpus",
	DSFIT_SAID_READ_TEXT,
};

#define NAMES DSFIT_ARRAY_SIZE(names)

_Static_assert(NAMES == DSFIT_SAID_NOTHING, "a name for each");

bool dsfit_said_unsized(const struct dsfit_said *said)
{
	return said->what == DSFIT_SAID_UNSIZED || said->what == DSFIT_SAID_NO_GPUS;
}

/* --- the figures --------------------------------------------------------------------------- */

/* FNV-1a. That a user could find another text with the same hash does no harm. */
static uint64_t add_byte(uint64_t hash, unsigned byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	for (unsigned shift = 0; shift < 64; shift += 8)
		hash = add_byte(hash, (unsigned)(number >> shift & 255));
	return hash;
}

/* With the terminator, so that two texts do not run into each other. */
static uint64_t add_text(uint64_t hash, const char *text)
{
	do
		hash = add_byte(hash, (unsigned char)*text);
	while (*text++);
	return hash;
}

/*
 * A digest of the figures that a user reads about a request: nodes, GPUs and capacities. A digest
 * of the request itself would not work, because sbatch's options and slurmctld's fields write the
 * same request differently. What the training needs follows from these figures, except for the
 * settings of dsfit.conf, which no plugin changes.
 */
static uint64_t digest(const struct dsfit_assessment *a, const char *partition)
{
	const uint64_t figures[] = {
		a->placed, a->layout.nodes, a->layout.gpus_per_node, a->layout.gpus,
		a->gpu_capacity, a->host_capacity, a->nvme_capacity, a->network_capacity,
	};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(figures); i++)
		hash = add_number(hash, figures[i]);
	hash = add_text(hash, dsfit_phrase_gpu(a));
	hash = add_text(hash, partition);
	return hash ? hash : 1;
}

struct dsfit_said dsfit_said_of(const struct dsfit_decision *d)
{
	const struct dsfit_assessment *a = &d->assessment;
	const struct dsfit_request *request = &d->asked;
	struct dsfit_said said = { .changed = 0 };

	if (d->action == DSFIT_CORRECT) {
		a = &d->corrected.assessment;
		request = &d->corrected.request;
		said.changed = dsfit_request_difference(&d->asked, request);
	}
	said.what = (enum dsfit_said_what)a->overall;
	said.figures = digest(a, request->partition);
	return said;
}

bool dsfit_said_other_figures(const struct dsfit_said *said, const struct dsfit_decision *d)
{
	return said->figures && said->figures != digest(&d->assessment, d->asked.partition) &&
	       said->figures != digest(&d->assessment, "");
}

/* --- as text ------------------------------------------------------------------------------- */

void dsfit_said_write(const struct dsfit_said *said, char text[DSFIT_SAID_MAX])
{
	size_t length;
	char separator = ' ';

	text[0] = '\0';
	if (said->what >= DSFIT_SAID_NOTHING)
		return;
	length = (size_t)snprintf(text, DSFIT_SAID_MAX, "%s", names[said->what]);
	for (int i = 0; dsfit_change_names[i]; i++) {
		if (!(said->changed & 1u << i) || length >= DSFIT_SAID_MAX)
			continue;
		length += (size_t)snprintf(text + length, DSFIT_SAID_MAX - length, "%c%s",
					   separator, dsfit_change_names[i]);
		separator = ',';
	}
	if (said->figures && length < DSFIT_SAID_MAX)
		snprintf(text + length, DSFIT_SAID_MAX - length, " =%016" PRIx64, said->figures);
}

/* The bit of the change with this name, which has no terminator; 0 if there is no such change. */
static unsigned change_of(const char *name, size_t length)
{
	for (int i = 0; dsfit_change_names[i]; i++)
		if (strlen(dsfit_change_names[i]) == length &&
		    !strncmp(dsfit_change_names[i], name, length))
			return 1u << i;
	return 0;
}

/* Read the rest of the text as a digest: 16 digits, of which one is not 0. */
static int read_figures(const char *text, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	if (strlen(text) != 16 || strspn(text, digits) != 16)
		return -1;
	for (; *text; text++)
		*out = *out << 4 | (uint64_t)(strchr(digits, *text) - digits);
	return *out ? 0 : -1;
}

void dsfit_said_read(const char *text, struct dsfit_said *out)
{
	size_t length = strcspn(text, " ");

	*out = (struct dsfit_said){ .what = DSFIT_SAID_NOTHING };
	if (strnlen(text, DSFIT_SAID_MAX) == DSFIT_SAID_MAX)
		return;
	for (size_t i = 0; i < NAMES; i++)
		if (strlen(names[i]) == length && !strncmp(names[i], text, length))
			out->what = (enum dsfit_said_what)i;
	if (out->what == DSFIT_SAID_NOTHING)
		return;
	for (text += length; *text; text += length) {
		text++;
		if (*text == '=') {
			if (read_figures(text + 1, &out->figures))
				*out = (struct dsfit_said){ .what = DSFIT_SAID_NOTHING };
			return;
		}
		length = strcspn(text, ", ");
		out->changed |= change_of(text, length);
	}
}
