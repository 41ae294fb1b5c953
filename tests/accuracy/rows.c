/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors of many rows, in few figures. */
#include <math.h>
#include <stdlib.h>

#include "tests/accuracy/accuracy.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_values(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
}

/* FNV-1a. */
unsigned half_of(const char *id)
{
	uint32_t hash = 2166136261u;

	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return (hash >> 16) & 1;
}

double quantile(const double *sorted, size_t count, double share)
{
	double at = share * (double)(count - 1);
	size_t below = (size_t)at;

	if (!count)
		return NAN;
	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}
