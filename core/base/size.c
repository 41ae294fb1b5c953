/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users write sizes in many ways: 13B parameters, 80GB, 80GiB, 80G, 100Gbps. This file turns such
 * texts into numbers and numbers back into texts.
 *
 * Every quantity is a decimal number followed by a unit from a table. The number is read by hand
 * and not by strtod(), for two reasons. strtod() takes the decimal point from the locale of the
 * user who submits, and it accepts "nan", "inf" and hexadecimal numbers.
 */
#include "core/base/size.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_BYTES 0x1p60
#define MAX_RATE 1e15

/* Read an unsigned decimal number with an optional fraction. Returns the text behind it, or NULL if
 * there is no number. */
static const char *read_decimal(const char *text, double *value)
{
	double scale = 1;
	int digits = 0;

	*value = 0;
	for (; isdigit((unsigned char)*text); text++, digits++)
		*value = *value * 10 + (*text - '0');
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text); text++, digits++) {
			*value = *value * 10 + (*text - '0');
			scale *= 10;
		}
	}
	/* One division at the end: 0.74 then becomes the double nearest to it. */
	*value /= scale;
	return digits && digits <= 20 ? text : NULL;
}

struct unit {
	const char *name;
	double factor;
};

/*
 * Read a number and one of the units; the table ends with a NULL name. Spaces may stand between the
 * two. Returns -1 if the text has another form or the value is above max.
 */
static int read_quantity(const char *text, const struct unit *units, double max, double *value)
{
	const char *rest = read_decimal(text, value);

	if (!rest)
		return -1;
	while (*rest == ' ')
		rest++;
	for (; units->name; units++) {
		if (strcasecmp(rest, units->name))
			continue;
		*value *= units->factor;
		return *value <= max ? 0 : -1;
	}
	return -1;
}

int dsfit_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out,
		       struct dsfit_error *err)
{
	uint64_t value = 0;
	const char *c = text;

	for (; isdigit((unsigned char)*c); c++)
		value = dsfit_add(dsfit_mul(value, 10), (uint64_t)(*c - '0'));
	if (c == text || *c || value < min || value > max) {
		if (max == UINT64_MAX)
			return dsfit_fail(err, "%s: must be a whole number of at least %llu", text,
					  (unsigned long long)min);
		return dsfit_fail(err, "%s: must be a whole number from %llu to %llu", text,
				  (unsigned long long)min, (unsigned long long)max);
	}
	*out = value;
	return 0;
}

int dsfit_parse_decimal(const char *text, double min, double max, double *out,
			struct dsfit_error *err)
{
	double value;
	const char *rest = read_decimal(text, &value);

	if (!rest || *rest || value < min || value > max)
		return dsfit_fail(err, "%s: must be a number from %.10g to %.10g", text, min,
				  max);
	*out = value;
	return 0;
}

int dsfit_parse_count(const char *text, uint64_t *out, struct dsfit_error *err)
{
	static const struct unit units[] = {
		{ "K", 1e3 }, { "M", 1e6 }, { "B", 1e9 }, { "T", 1e12 }, { "", 1 }, { NULL, 0 },
	};
	double value;

	if (read_quantity(text, units, (double)DSFIT_PARAMETERS_MAX, &value) || value < 1)
		return dsfit_fail(err, "%s: must be a size such as 350M, 0.6B or 13B, "
				  "up to 1000T", text);
	*out = (uint64_t)llround(value);
	return 0;
}

/* A number without a unit counts `alone` bytes each. */
static int parse_bytes(const char *text, double alone, uint64_t *out, struct dsfit_error *err)
{
	const struct unit units[] = {
		{ "KB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 }, { "TB", 1e12 }, { "PB", 1e15 },
		{ "KiB", 0x1p10 }, { "MiB", 0x1p20 }, { "GiB", 0x1p30 }, { "TiB", 0x1p40 },
		{ "PiB", 0x1p50 }, { "K", 0x1p10 }, { "M", 0x1p20 }, { "G", 0x1p30 },
		{ "T", 0x1p40 }, { "P", 0x1p50 }, { "B", 1 }, { "", alone }, { NULL, 0 },
	};
	double value;

	if (read_quantity(text, units, MAX_BYTES, &value))
		return dsfit_fail(err, "%s: must be a size such as 512MiB, 80GB or 1.5TB",
				  text);
	*out = (uint64_t)llround(value);
	return 0;
}

int dsfit_parse_bytes(const char *text, uint64_t *out, struct dsfit_error *err)
{
	return parse_bytes(text, 1, out, err);
}

int dsfit_parse_mebibytes(const char *text, uint64_t *out, struct dsfit_error *err)
{
	return parse_bytes(text, (double)DSFIT_MIB, out, err);
}

int dsfit_parse_bytes_with_unit(const char *text, uint64_t *out, struct dsfit_error *err)
{
	if (*text && !text[strspn(text, "0123456789. ")])
		return dsfit_fail(err, "%s: must be a size with a unit, such as 80GB", text);
	return parse_bytes(text, 1, out, err);
}

int dsfit_parse_rate(const char *text, uint64_t *out, struct dsfit_error *err)
{
	static const struct unit units[] = {
		{ "Mbps", 1e6 }, { "Gbps", 1e9 }, { "Tbps", 1e12 }, { "M", 1e6 }, { "G", 1e9 },
		{ NULL, 0 },
	};
	double value;

	if (read_quantity(text, units, MAX_RATE, &value))
		return dsfit_fail(err, "%s: must be a rate such as 25Gbps or 400Gbps", text);
	*out = (uint64_t)llround(value);
	return 0;
}

/* Three significant digits (four from 1000 to 1023) and a unit. step, 1000 or 1024, is the factor
 * from one unit to the next. */
static const char *format(double value, double step, const char *const *units,
			  const char *separator, char text[DSFIT_SIZE_TEXT])
{
	int digits;

	/* 1023.7 would be printed as 1024: the next unit says it better. */
	while (value >= step - 0.5 && units[1]) {
		value /= step;
		units++;
	}
	digits = value >= 99.95 || value == floor(value) ? 0 : value >= 9.995 ? 1 : 2;
	snprintf(text, DSFIT_SIZE_TEXT, "%.*f%s%s", digits, value, separator, *units);
	return text;
}

const char *dsfit_format_bytes(uint64_t bytes, char text[DSFIT_SIZE_TEXT])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL };

	return format((double)bytes, 1024, units, " ", text);
}

const char *dsfit_format_count(uint64_t count, char text[DSFIT_SIZE_TEXT])
{
	static const char *const units[] = { "", "K", "M", "B", "T", "P", "E", NULL };

	return format((double)count, 1000, units, "", text);
}

const char *dsfit_format_rate(uint64_t bps, char text[DSFIT_SIZE_TEXT])
{
	static const char *const units[] = { "bps", "Kbps", "Mbps", "Gbps", "Tbps", "Pbps", NULL };

	return format((double)bps, 1000, units, " ", text);
}

const char *dsfit_digits(uint64_t count, char text[DSFIT_DIGITS])
{
	char *at = text + DSFIT_DIGITS - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + count % 10);
		count /= 10;
	} while (count);
	return at;
}
