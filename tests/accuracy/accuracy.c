/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accuracy DATA CONF DSFIT >doc/accuracy.md: how far the account is from tests/data, in tables. `make
 * accuracy` runs it. DSFIT is the command, which is asked about some of the jobs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/account/estimators.h"
#include "core/base/array.h"
#include "core/site/load.h"
#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/classes.h"
#include "tests/accuracy/wider.h"

/* --- Traced -------------------------------------------------------------------------------- */

/* What rows are put together by. */
typedef const char *(*traced_key)(const struct traced *row);

static const char *by_nothing(const struct traced *row)
{
	(void)row;
	return "all";
}

static const char *by_family(const struct traced *row)
{
	return row->family;
}

static const char *by_stage(const struct traced *row)
{
	static const char *const names[] = { "stage 0", "stage 1", "stage 2", "stage 3" };

	return row->training.engine == DSFIT_ENGINE_NONE ? "no engine" : names[row->training.zero & 3];
}

static const char *by_method(const struct traced *row)
{
	return dsfit_method_names[row->training.method];
}

static const char *by_checkpointing(const struct traced *row)
{
	return row->training.checkpointing == DSFIT_CHECKPOINTING_FULL ? "checkpointing" :
									   "no checkpointing";
}

static const char *by_offload(const struct traced *row)
{
	if (row->training.offload_param != DSFIT_OFFLOAD_NONE)
		return "both offloaded";
	return row->training.offload_optimizer != DSFIT_OFFLOAD_NONE ? "optimizer offloaded" :
									"nothing offloaded";
}

static const char *by_attention(const struct traced *row)
{
	return dsfit_attention_names[row->training.attention];
}

/* One figure's errors over the rows of a group: how many, sizes sorted, and the lowest. */
static size_t collect(const struct traced *rows, size_t count, traced_key key, const char *group,
		      int figure, double *sizes, double *lowest)
{
	size_t found = 0;

	*lowest = INFINITY;
	for (size_t i = 0; i < count; i++) {
		double error = rows[i].error[figure];

		if (strcmp(key(&rows[i]), group) || isnan(error))
			continue;
		sizes[found++] = fabs(error);
		*lowest = fmin(*lowest, error);
	}
	sort_values(sizes, found);
	return found;
}

static void traced_line(const struct traced *rows, size_t count, traced_key key, const char *group)
{
	double *sizes = malloc((count + 1) * sizeof(*sizes)), lowest;
	size_t found;

	if (!sizes)
		exit(EXIT_FAILURE);
	found = collect(rows, count, key, group, TRACED_PEAK, sizes, &lowest);
	printf("| %s | %zu | %.1f | %.1f | %.1f |", group, found, 100 * quantile(sizes, found, 0.5),
	       100 * quantile(sizes, found, 0.9), 100 * lowest);
	for (int figure = TRACED_REST; figure < TRACED_FIGURES; figure++) {
		found = collect(rows, count, key, group, figure, sizes, &lowest);
		if (found)
			printf(" %.1f |", 100 * quantile(sizes, found, 0.5));
		else
			printf(" |");
	}
	printf("\n");
	free(sizes);
}

/* A line for each group, in the order in which they come. */
static void traced_lines(const struct traced *rows, size_t count, traced_key key)
{
	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < i && strcmp(key(&rows[before]), key(&rows[i])))
			before++;
		if (before == i)
			traced_line(rows, count, key, key(&rows[i]));
	}
}

static void write_traced(const struct traced *rows, size_t count)
{
	static const traced_key keys[] = { by_nothing, by_stage, by_method, by_checkpointing,
					   by_attention, by_offload, by_family };

	printf("## Against traced steps\n\n"
	       "%zu jobs of tests/data/traced.jsonl, followed with transformers 5.23, DeepSpeed\n"
	       "0.19.8 and PyTorch 2.13: what is allocated on one GPU, exact to the byte. Errors in\n"
	       "per cent: of the peak the median, the 90th percentile and the lowest; of each phase,\n"
	       "and of what a rank has in host memory, the median.\n\n"
	       "| | jobs | peak | p90 | lowest | rest | forward | backward | step | host |\n"
	       "|---|---|---|---|---|---|---|---|---|---|\n", count);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(keys); i++)
		traced_lines(rows, count, keys[i]);
}

/* --- Published ----------------------------------------------------------------------------- */

enum predictor { BY_ACCOUNT, BY_GUIDE, BY_DEEPSPEED, BY_COOKBOOK, PREDICTORS };
static const char *const predictor_names[] = { "account", "guide", "DeepSpeed", "cookbook" };

/* Bytes that one of them says; NAN where it says nothing of such a job. */
static double predicted(const struct measured *row, enum predictor by)
{
	const struct dsfit_training *t = &row->training;
	const struct dsfit_layout *l = &row->layout;
	struct dsfit_deepspeed_estimate estimate;
	struct dsfit_guide_estimate guide;

	switch (by) {
	case BY_GUIDE:
		dsfit_guide_memory(row->model.parameters, t->zero, l->gpus, &guide);
		return (double)guide.per_gpu;
	case BY_DEEPSPEED:
		if (!t->zero || t->engine != DSFIT_ENGINE_DEEPSPEED ||
		    t->method != DSFIT_METHOD_FULL)
			return NAN;
		if (t->zero == 3)
			dsfit_deepspeed_zero3(row->model.parameters, row->model.largest_layer,
					      l->gpus_per_node, l->nodes, false, false, true, 1.5,
					      &estimate);
		else
			dsfit_deepspeed_zero2(row->model.parameters, l->gpus_per_node, l->nodes,
					      false, 1.5, &estimate);
		return (double)estimate.gpu;
	case BY_COOKBOOK:
		return t->method == DSFIT_METHOD_FULL ? cookbook_bytes(&row->model, t, l) : NAN;
	default:
		return measured_predicted(row);
	}
}

/* What a gate that goes by it would have to be above to refuse, and not above to let pass. */
static double refuses_above(const struct measured *row, enum predictor by)
{
	return by == BY_ACCOUNT ? (double)row->account.gpu.low : predicted(row, by);
}

static double passes_below(const struct measured *row, enum predictor by)
{
	return by == BY_ACCOUNT ? (double)row->account.gpu.high : predicted(row, by);
}

struct tally {
	size_t rows, peaks, refused, passed, inside;
	double median, p90;
};

typedef bool (*measured_test)(const struct measured *row, const void *what);

/* The band of a peak of another kind is the account's, less what that kind leaves out. */
static bool in_band(const struct measured *row)
{
	const struct dsfit_gpu_account *gpu = &row->account.gpu;
	double out = (double)gpu->peak - measured_predicted(row);

	return row->peak >= (double)gpu->low - out && row->peak <= (double)gpu->high - out;
}

static void count_rows(const struct measured *rows, size_t count, measured_test test,
		       const void *what, enum predictor by, struct tally *out)
{
	double *sizes = malloc((count + 1) * sizeof(*sizes));

	if (!sizes)
		exit(EXIT_FAILURE);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		const struct measured *row = &rows[i];
		double said = predicted(row, by);

		if (!test(row, what) || isnan(said))
			continue;
		out->rows++;
		out->refused += row->ran && refuses_above(row, by) > row->capacity;
		out->passed += !row->ran && passes_below(row, by) <= row->capacity;
		if (!(row->peak > 0))
			continue;
		sizes[out->peaks++] = fabs(said / row->peak - 1);
		out->inside += by == BY_ACCOUNT && in_band(row);
	}
	sort_values(sizes, out->peaks);
	out->median = quantile(sizes, out->peaks, 0.5);
	out->p90 = quantile(sizes, out->peaks, 0.9);
	free(sizes);
}

static bool any(const struct measured *row, const void *what)
{
	(void)row;
	(void)what;
	return true;
}

static bool of_source(const struct measured *row, const void *what)
{
	return !strcmp(row->source, what);
}

static bool of_method(const struct measured *row, const void *what)
{
	return row->training.method == *(const enum dsfit_method *)what;
}

static bool of_half(const struct measured *row, const void *what)
{
	return half_of(row->id) == *(const unsigned *)what;
}

static void measured_line(const struct measured *rows, size_t count, const char *name,
			  measured_test test, const void *what)
{
	struct tally tally;

	count_rows(rows, count, test, what, BY_ACCOUNT, &tally);
	printf("| %s | %zu | %zu | ", name, tally.rows, tally.peaks);
	if (tally.peaks)
		printf("%.1f | %.1f | %.0f |", 100 * tally.median, 100 * tally.p90,
		       100 * (double)tally.inside / (double)tally.peaks);
	else
		printf("| | |");
	printf(" %zu | %zu |\n", tally.refused, tally.passed);
}

static void write_measured(const struct measured *rows, size_t count)
{
	static const enum dsfit_method methods[] = { DSFIT_METHOD_FULL, DSFIT_METHOD_LORA,
						     DSFIT_METHOD_QLORA };
	static const unsigned halves[] = { 0, 1 };

	printf("\n## Against published peaks and verdicts\n\n"
	       "%zu jobs of tests/data/measured.csv, of which some say only whether they ran. A peak\n"
	       "is compared with the part of the account that it is of. Errors in per cent; in the\n"
	       "band: the share of peaks, in per cent, between low and high; refused: jobs that ran\n"
	       "and that the account calls exceeds; passed: jobs that ran out of memory and that it\n"
	       "calls fits. One coefficient is fitted, and on the even half alone: CUDA's context and\n"
	       "what else one process has beside its tensors (core/account/estimate_settings.c).\n\n"
	       "| | jobs | peaks | median | p90 | in the band | refused | passed |\n"
	       "|---|---|---|---|---|---|---|---|\n", count);
	measured_line(rows, count, "all", any, NULL);
	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < i && strcmp(rows[before].source, rows[i].source))
			before++;
		if (before == i)
			measured_line(rows, count, rows[i].source, of_source, rows[i].source);
	}
	for (size_t i = 0; i < 3; i++)
		measured_line(rows, count, dsfit_method_names[methods[i]], of_method, &methods[i]);
	measured_line(rows, count, "half whose ids hash even", of_half, &halves[0]);
	measured_line(rows, count, "half whose ids hash odd", of_half, &halves[1]);
}

static void write_others(const struct measured *rows, size_t count)
{
	printf("\n## Beside others on the same jobs\n\n"
	       "The guide's rule of thumb; DeepSpeed's own estimators, full training in stages 1 to 3\n"
	       "alone; the formulas of EleutherAI's cookbook (calc/calc_transformer_mem.py, commit\n"
	       "069ae2e), full training alone.\n\n"
	       "| | jobs | peaks | median | p90 | refused | passed |\n|---|---|---|---|---|---|---|\n");
	for (int by = 0; by < PREDICTORS; by++) {
		struct tally tally;

		count_rows(rows, count, any, NULL, (enum predictor)by, &tally);
		printf("| %s | %zu | %zu | %.1f | %.1f | %zu | %zu |\n", predictor_names[by],
		       tally.rows, tally.peaks, 100 * tally.median, 100 * tally.p90, tally.refused,
		       tally.passed);
	}
}

/* --- All ----------------------------------------------------------------------------------- */

/* The tables of what is computed here. */
static bool write_computed(const struct dsfit_site *site, const char *data)
{
	size_t published_count, step_count, class_count;
	struct traced *steps = traced_read(site, data, &step_count);
	struct measured *published = measured_read(site, data, &published_count);
	struct class_row *classes = classes_read(site, data, &class_count);
	bool done = steps && published && classes;

	if (done) {
		write_traced(steps, step_count);
		write_measured(published, published_count);
		write_others(published, published_count);
		write_classes(classes, class_count);
	}
	free(classes);
	free(published);
	free(steps);
	return done;
}

/* The tables of what the command is asked about. */
static bool write_asked(const struct asked_of *of)
{
	size_t kind_count, published_count, report_count;
	struct judged *kinds = kinds_read(of, &kind_count);
	struct judged *published = published_read(of, &published_count);
	struct report *reports = reports_read(of, &report_count);
	bool done = kinds && published && reports;

	if (done) {
		write_kinds(kinds, kind_count);
		write_parameters(kinds, kind_count);
		write_published(published, published_count);
		write_reports(reports, report_count);
	}
	free(reports);
	free(published);
	free(kinds);
	return done;
}

int main(int argc, char **argv)
{
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	bool done;

	if (argc != 4) {
		fprintf(stderr, "usage: accuracy DATA DSFIT.CONF DSFIT, all whole paths\n");
		return 2;
	}
	site = dsfit_site_load(argv[2], &err);
	if (!site) {
		fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	printf("# Accuracy\n\nWritten by `make accuracy`.\n\n");
	done = write_computed(site, argv[1]) &&
	       write_asked(&(struct asked_of){ argv[1], argv[3], argv[2] });
	dsfit_site_free(site);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
