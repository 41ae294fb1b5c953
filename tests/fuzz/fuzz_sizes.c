/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantities as users and administrators write them, for libFuzzer: see scripts/fuzz. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct dsfit_error err;
	double decimal;
	uint64_t n;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!dsfit_parse_number(text, 3, 1000, &n, &err) && (n < 3 || n > 1000))
		abort();
	if (!dsfit_parse_decimal(text, 0, 0.99, &decimal, &err) &&
	    !(decimal >= 0 && decimal <= 0.99))
		abort();
	if (!dsfit_parse_count(text, &n, &err) && n > DSFIT_PARAMETERS_MAX)
		abort();
	if (!dsfit_parse_bytes(text, &n, &err) && n > UINT64_C(1) << 60)
		abort();
	dsfit_parse_rate(text, &n, &err);
	free(text);
	return 0;
}
