/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_FUZZ_H
#define DSFIT_TESTS_FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/site/load.h"

/* What the targets share. CONF is conf/, the demo site's. A target runs in a folder of its own. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Says what does not hold, and ends as a crash does. */
#define fuzz_assert(holds)                                                      \
	do {                                                                    \
		if (!(holds)) {                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
			abort();                                                \
		}                                                               \
	} while (0)

/* The data as a text of its own, so that what reads past its end is seen. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static inline void fuzz_write(const char *name, const void *data, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* A site with these lines and all catalogues. */
static inline struct dsfit_site *fuzz_site(const char *lines)
{
	struct dsfit_site *site;
	struct dsfit_error err;
	char text[8192];

	snprintf(text, sizeof(text),
		 "include(\"" CONF "/gpus.conf\")\ninclude(\"" CONF "/models.conf\")\n%s", lines);
	fuzz_write("site.conf", text, strlen(text));
	site = dsfit_site_load("site.conf", &err);
	if (!site)
		fprintf(stderr, "%s\n", err.text);
	fuzz_assert(site);
	return site;
}

#endif
