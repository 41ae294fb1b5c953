/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of what is asked on the command line: kinds of training, their models' parameters,
 * published peaks of one card, reports of jobs that ran or died. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/wider.h"

static bool any(const struct judged *row, const void *what)
{
	(void)row;
	(void)what;
	return true;
}

static bool of_group(const struct judged *row, const void *what)
{
	return !strcmp(row->group, what);
}

/* --- Kinds --------------------------------------------------------------------------------- */

static double share(size_t part, size_t whole)
{
	return whole ? 100 * (double)part / (double)whole : NAN;
}

static void kind_line(const struct judged *rows, size_t count, const char *name, judged_test test)
{
	struct judged_sum sum;

	judged_add_up(rows, count, test, name, &sum);
	printf("| %s | %zu | %.1f | %.1f | %.0f | %zu | %zu |\n", name, sum.rows, 100 * sum.median,
	       100 * sum.worst, share(sum.inside, sum.peaks), sum.refused, sum.unsaid);
}

/* A line for each group, in the order in which they come. */
static void group_lines(const struct judged *rows, size_t count,
			void line(const struct judged *, size_t, const char *, judged_test))
{
	line(rows, count, "all of them", any);
	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < i && strcmp(rows[before].group, rows[i].group))
			before++;
		if (before == i)
			line(rows, count, rows[i].group, of_group);
	}
}

static void write_shortfalls(const struct judged *rows, size_t count)
{
	printf("\nWhat is not within 1 %%, or not in the band:\n\n"
	       "| job | kind | error | in the band | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		const struct judged *row = &rows[i];
		double error = row->said / row->truth - 1;
		bool inside = row->truth >= row->low && row->truth <= row->high;

		if (row->refused)
			printf("| %s | %s | | | refused: %s |\n", row->id, row->group, row->why);
		else if (fabs(error) > 0.01 || !inside)
			printf("| %s | %s | %+.1f | %s | %s |\n", row->id, row->group, 100 * error,
			       inside ? "yes" : "no", row->unsaid ? "not all declared" : "");
	}
}

static void write_evaluation(const struct judged *rows, size_t count)
{
	printf("\nThe evaluation alone, as a phase:\n\n| job | error |\n|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		const struct judged *row = &rows[i];

		if (!(row->evaluation > 0))
			continue;
		if (isnan(row->evaluation_said))
			printf("| %s | the account has no such phase |\n", row->id);
		else
			printf("| %s | %+.1f |\n", row->id,
			       100 * (row->evaluation_said / row->evaluation - 1));
	}
}

void write_kinds(const struct judged *rows, size_t count)
{
	printf("\n## By kind of training\n\n"
	       "%zu jobs of tests/data/traced-2.jsonl, followed in the same way and asked about\n"
	       "on the command line: new architectures and kinds of training. Of the allocated\n"
	       "peak the median and the worst error in per cent, and the share of jobs, in per\n"
	       "cent, whose peak is in the band, less what a GPU holds beside it; jobs that are\n"
	       "refused; jobs of which not all can be declared.\n\n"
	       "| kind | jobs | median | worst | in the band | refused | not all declared |\n"
	       "|---|---|---|---|---|---|---|\n", count);
	group_lines(rows, count, kind_line);
	write_shortfalls(rows, count);
	write_evaluation(rows, count);
}

void write_parameters(const struct judged *rows, size_t count)
{
	size_t models = 0, right = 0, wrong = 0;

	for (size_t i = 0; i < count; i++) {
		if (!judged_counts(rows, i))
			continue;
		models++;
		right += rows[i].parameters_said == rows[i].parameters;
		wrong += rows[i].called_exact && rows[i].parameters_said != rows[i].parameters;
	}
	printf("\n## Parameters\n\n"
	       "%zu models of tests/data/configs-2, against the count of their tensors: %zu to\n"
	       "the parameter, %zu called exact that are not.\n", models, right, wrong);
	if (right == models)
		return;
	printf("\n| model | parameters | said | error | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		const struct judged *row = &rows[i];

		if (!judged_counts(rows, i) || row->parameters_said == row->parameters)
			continue;
		printf("| %s | %.0f | ", row->config, row->parameters);
		if (row->refused)
			printf("| | refused |\n");
		else
			printf("%.0f | %+.1f | %s |\n", row->parameters_said,
			       100 * (row->parameters_said / row->parameters - 1),
			       row->called_exact ? "called exact" : "");
	}
}

/* --- Published ----------------------------------------------------------------------------- */

/* Rows of one part of the account, of one trust or of both (0). */
struct trusted_part {
	const char *part;
	char trust;
};

static bool of_part(const struct judged *row, const void *what)
{
	const struct trusted_part *wanted = what;

	return (!*wanted->part || !strcmp(row->part, wanted->part)) &&
	       (!wanted->trust || row->trust == wanted->trust);
}

static void part_line(const struct judged *rows, size_t count, const struct trusted_part *part)
{
	struct judged_sum sum;

	judged_add_up(rows, count, of_part, part, &sum);
	if (!sum.rows)
		return;
	printf("| %c | %s | %zu | %zu |", part->trust, *part->part ? part->part : "all", sum.rows,
	       sum.peaks);
	if (sum.peaks)
		printf(" %.1f | %.1f | %.1f | %.0f |", 100 * sum.median, 100 * sum.p90,
		       100 * sum.worst, share(sum.inside, sum.peaks));
	else
		printf(" | | | |");
	printf(" %zu | %zu | %zu | %zu |\n", sum.exceeds, sum.passed, sum.refused, sum.unsaid);
}

/* The halves of FSDP's device peaks, one of which a coefficient was fitted on. */
static bool of_half(const struct judged *row, const void *what)
{
	return row->fsdp && !strcmp(row->part, "device") &&
	       half_of(row->id) == *(const unsigned *)what;
}

static void half_line(const struct judged *rows, size_t count, unsigned half)
{
	struct judged_sum sum;

	judged_add_up(rows, count, of_half, &half, &sum);
	printf("| FSDP, device, ids that hash %s | %zu | %zu | %.1f | %.1f | %.0f | %zu | %zu |\n",
	       half ? "odd" : "even", sum.rows, sum.peaks, 100 * sum.median, 100 * sum.p90,
	       share(sum.inside, sum.peaks), sum.exceeds, sum.passed);
}

static void source_line(const struct judged *rows, size_t count, const char *name,
			judged_test test)
{
	struct judged_sum sum;

	judged_add_up(rows, count, test, name, &sum);
	printf("| %s | %zu | %zu | %.1f | %.1f | %.0f | %zu | %zu |\n", name, sum.rows, sum.peaks,
	       100 * sum.median, 100 * sum.p90, share(sum.inside, sum.peaks), sum.exceeds,
	       sum.passed);
}

/* What is off by more than the mark of the 90th percentile, or not in the band. */
static void write_published_shortfalls(const struct judged *rows, size_t count)
{
	printf("\nWhat is off by more than 12 %% (allocated) or 20 %% (device), or not in the\n"
	       "band:\n\n"
	       "| row | source | trust | of | error | in the band |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		const struct judged *row = &rows[i];
		double error = row->said / row->truth - 1;
		bool inside = row->truth >= row->low && row->truth <= row->high;

		if (!(row->truth > 0) || row->refused)
			continue;
		if (inside && fabs(error) <= (strcmp(row->part, "allocated") ? 0.2 : 0.12))
			continue;
		printf("| %s | %s | %c | %s | %+.1f | %s |\n", row->id, row->group, row->trust,
		       row->part, 100 * error, inside ? "yes" : "no");
	}
}

void write_published(const struct judged *rows, size_t count)
{
	static const char *const parts[] = { "", "allocated", "reserved", "device", "fits-only" };

	printf("\n## Against published peaks of one release\n\n"
	       "%zu jobs of tests/data/measured-2.csv, asked about on the command line with\n"
	       "the releases that they name: most of one A100 of 80 GB. Columns as above. Trust\n"
	       "A: all is published; B: something is assumed. exceeds: jobs that ran and that\n"
	       "the account calls exceeds; passed: jobs that ran out of memory and that it\n"
	       "calls fits. One coefficient is fitted, and on half of the rows alone: slack-fsdp\n"
	       "of dsfit.conf(5), the median of the device peaks of fms-acceleration's FSDP jobs\n"
	       "whose ids hash even. B's rows with \"foak\" ran with Unsloth's cross entropy\n"
	       "and are asked about with loss:in-place; those of a100_80gb_liger.csv with\n"
	       "transformers 4.45, as the requirements beside that file say.\n\n"
	       "| trust | of | jobs | peaks | median | p90 | worst | in the band | exceeds "
	       "| passed | refused | not all declared |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|\n", count);
	for (char trust = 'A'; trust <= 'B'; trust++)
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			part_line(rows, count, &(struct trusted_part){ parts[i], trust });
	printf("\n| source | jobs | peaks | median | p90 | in the band | exceeds | passed |\n"
	       "|---|---|---|---|---|---|---|---|\n");
	group_lines(rows, count, source_line);
	half_line(rows, count, 0);
	half_line(rows, count, 1);
	write_published_shortfalls(rows, count);
}

/* --- Reports ------------------------------------------------------------------------------- */

void write_reports(const struct report *rows, size_t count)
{
	size_t right = 0;

	for (size_t i = 0; i < count; i++)
		right += rows[i].right;
	printf("\n## Against public reports\n\n"
	       "%zu jobs of tests/data/reports.csv that ran or died. Right is, for one that\n"
	       "ran, anything but exceeds; for one that was killed, tight or exceeds of the\n"
	       "memory that ran out; for one that DeepSpeed did not start, a refusal. Right:\n"
	       "%zu.\n\n"
	       "| report | outcome | what is said | right |\n|---|---|---|---|\n", count, right);
	for (size_t i = 0; i < count; i++)
		printf("| %s: %s | %s | %s | %s |\n", rows[i].id, rows[i].what,
		       report_outcomes[rows[i].outcome], rows[i].said,
		       rows[i].right ? "yes" : "no");
}
