/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/accuracy/judged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/accuracy/accuracy.h"

bool judged_counts(const struct judged *rows, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(rows[i].config, rows[at].config) &&
		    rows[i].parameters == rows[at].parameters)
			return false;
	return true;
}

void judged_add_up(const struct judged *rows, size_t count, judged_test test, const void *what,
		   struct judged_sum *out)
{
	double *sizes = malloc((count + 1) * sizeof(*sizes));
	size_t said = 0;

	if (!sizes)
		exit(EXIT_FAILURE);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		const struct judged *row = &rows[i];

		if (!test(row, what))
			continue;
		out->rows++;
		out->refused += row->refused;
		out->unsaid += row->unsaid;
		if (row->capacity > 0) {
			out->exceeds += row->ran && row->gpu_low > row->capacity;
			out->passed += !row->ran && row->gpu_high <= row->capacity;
		}
		out->peaks += row->truth > 0;
		if (!(row->truth > 0) || row->refused)
			continue;
		out->inside += row->truth >= row->low && row->truth <= row->high;
		sizes[said++] = fabs(row->said / row->truth - 1);
	}
	sort_values(sizes, said);
	out->median = quantile(sizes, said, 0.5);
	out->p90 = quantile(sizes, said, 0.9);
	out->worst = quantile(sizes, said, 1);
	free(sizes);
}
