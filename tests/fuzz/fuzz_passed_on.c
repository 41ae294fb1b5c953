/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line in which a declaration reaches slurmctld, which any client may forge, for libFuzzer: see
 * scripts/fuzz. What is read is written as a line that reads as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/declare/passed_on.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), first[DSFIT_PASSED_ON_MAX], again[DSFIT_PASSED_ON_MAX];
	struct dsfit_workload workload;
	struct dsfit_error err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!dsfit_passed_on_read(text, &workload, &err) &&
	    !dsfit_passed_on_write(&workload, first, sizeof(first))) {
		if (dsfit_passed_on_read(first, &workload, &err) ||
		    dsfit_passed_on_write(&workload, again, sizeof(again)) || strcmp(first, again))
			abort();
	}
	free(text);
	return 0;
}
