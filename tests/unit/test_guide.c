/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hardware guide's tables in dsfit, compared with the guide itself (tests/data/guide.md), which
 * they must repeat word for word, and with dsfit's own account of the jobs that they describe.
 */
#include "core/base/word.h"
#include "core/decide/guide_check.h"

#include <ctype.h>
#include <sys/wait.h>

#include <json-c/json.h>

#include "core/base/size.h"
#include "tests/unit/unit.h"

/* ---- the guide's words ----------------------------------------------------------------------- */

#define LINE 512

/* Replace characters of the guide that are not ASCII as dsfit does. */
static void to_ascii(char *line)
{
	static const struct { const char *from, *to; } written[] = {
		{ "→", "->" }, { "×", "x" }, { "≈", "" },
		{ "│", "" }, { "├── ", "" }, { "└── ", "" },
	};
	char out[LINE] = "";

	for (const char *at = line; *at;) {
		size_t i = 0, length = strlen(out);

		while (i < DSFIT_ARRAY_SIZE(written) &&
		       strncmp(at, written[i].from, strlen(written[i].from)))
			i++;
		if (i < DSFIT_ARRAY_SIZE(written)) {
			strcat(out, written[i].to);
			at += strlen(written[i].from);
		} else {
			out[length] = *at++;
			out[length + 1] = '\0';
		}
	}
	strcpy(line, out);
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static const struct dsfit_guide_table *table_titled(const char *title)
{
	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++)
		if (!strcmp(dsfit_guide_tables[i].title, title))
			return &dsfit_guide_tables[i];
	return NULL;
}

/* Split a table's line of the guide into cells. Returns their number; 0 if it is no such line. */
static size_t cells_of(const struct dsfit_guide_table *table, char *line,
		       char *cell[DSFIT_GUIDE_COLUMNS])
{
	size_t count = 0;

	if (*line == '|' && line[1] != '-') {
		for (char *rest = line + 1, *one; (one = strsep(&rest, "|")) && rest;) {
			ck_assert_uint_lt(count, DSFIT_GUIDE_COLUMNS);
			cell[count++] = trim(one);
		}
		return count;
	}
	if (table->subject == DSFIT_GUIDE_ESTIMATE) {
		cell[0] = line;
		return strstr(line, "Model Size x") ? 1 : 0;
	}
	if (table->number == 6 || table->subject == DSFIT_GUIDE_NETWORK) {
		char *colon = strstr(line, ": ");

		if (!colon)
			return 0;
		*colon = '\0';
		cell[0] = strncmp(line, "- ", 2) ? line : line + 2;
		cell[1] = colon + 2;
		return 2;
	}
	return 0;
}

static bool has_cells(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		      size_t row, char *const *cell, size_t count)
{
	char text[DSFIT_CELL_MAX];

	for (size_t i = 0; i < count; i++)
		if (strcmp(dsfit_compare_cell(site, &table->rows[row], i, text), cell[i]))
			return false;
	return true;
}

/* dsfit has every row of the guide's tables and lists, in the same order, word for word. */
START_TEST(every_row_of_the_guide)
{
	struct dsfit_site *site = unit_site();
	FILE *guide = fopen(TEST_DATA "/guide.md", "r");
	const struct dsfit_guide_table *table = NULL;
	size_t next[DSFIT_GUIDE_TABLES] = { 0 };
	char raw[LINE], *line;

	ck_assert_ptr_nonnull(guide);
	while (fgets(raw, sizeof(raw), guide)) {
		char *cell[DSFIT_GUIDE_COLUMNS];
		size_t count;

		to_ascii(raw);
		line = trim(raw);
		if (*line == '#') {
			table = table_titled(trim(line + strspn(line, "#")));
			continue;
		}
		count = table ? cells_of(table, line, cell) : 0;
		if (!count)
			continue;
		/* The first row of a table has the names of the columns. */
		if (*raw == '|' && !next[table - dsfit_guide_tables] && table->column[0] &&
		    !strcmp(cell[0], table->column[0])) {
			for (size_t i = 0; i < count; i++)
				ck_assert_str_eq(cell[i], table->column[i]);
			continue;
		}
		ck_assert_msg(next[table - dsfit_guide_tables] < table->row_count &&
			      has_cells(site, table, next[table - dsfit_guide_tables], cell, count),
			      "%s: no row \"%s\"", table->title, cell[0]);
		next[table - dsfit_guide_tables]++;
	}
	fclose(guide);
	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++)
		if (i != DSFIT_GUIDE_TREE)
			ck_assert_msg(next[i] == dsfit_guide_tables[i].row_count,
				      "%s: %zu rows in the guide", dsfit_guide_tables[i].title,
				      next[i]);
	dsfit_site_free(site);
}
END_TEST

/* The leaves of the decision tree and the recommendations, which are not tables in the guide. */
START_TEST(every_leaf_and_recommendation)
{
	const struct dsfit_guide_table *tree = &dsfit_guide_tables[DSFIT_GUIDE_TREE];
	FILE *guide = fopen(TEST_DATA "/guide.md", "r");
	char raw[LINE], question[LINE] = "", want[2 * LINE], *line;
	size_t leaf = 0, advice = 0;

	ck_assert_ptr_nonnull(guide);
	while (fgets(raw, sizeof(raw), guide)) {
		to_ascii(raw);
		line = trim(raw);
		if (line[strlen(line) ? strlen(line) - 1 : 0] == '?')
			strcpy(question, line);
		if (!strncmp(line, "Yes ->", 6) || !strncmp(line, "No ->", 5)) {
			const struct dsfit_guide_row *row = &tree->rows[leaf++];

			ck_assert_uint_le(leaf, tree->row_count);
			ck_assert_str_eq(row->cell[0], question);
			snprintf(want, sizeof(want), "%s -> %s", row->cell[1], row->cell[2]);
			ck_assert_str_eq(line, want);
		}
		if (isdigit((unsigned char)*line) && strstr(line, ". **")) {
			const char *const *one = dsfit_guide_recommendations[advice++];

			ck_assert_ptr_nonnull(one[0]);
			snprintf(want, sizeof(want), "%zu. **%s**: %s", advice, one[0], one[1]);
			ck_assert_str_eq(line, want);
		}
	}
	fclose(guide);
	ck_assert_uint_eq(leaf, tree->row_count);
	ck_assert_ptr_null(dsfit_guide_recommendations[advice][0]);
}
END_TEST

/* ---- its figures ----------------------------------------------------------------------------- */

static uint64_t bytes_of(const char *words)
{
	char text[DSFIT_CELL_MAX], *plus;
	struct dsfit_error err;
	uint64_t bytes = 0;

	snprintf(text, sizeof(text), "%s", words);
	plus = strchr(text, '+');
	if (plus)
		*plus = ' ';
	ck_assert_msg(!dsfit_parse_bytes(text, &bytes, &err), "%s", err.text);
	return bytes;
}

/* The figure that dsfit calculates with is the one in the words of the row. */
START_TEST(figures_are_the_words)
{
	static const enum dsfit_guide_index sizes[] = { DSFIT_GUIDE_MEMORY, DSFIT_GUIDE_DISK };
	const struct dsfit_guide_table *table;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sizes); i++) {
		table = &dsfit_guide_tables[sizes[i]];
		for (size_t k = 0; k < table->row_count; k++)
			ck_assert_uint_eq(table->rows[k].figure, bytes_of(table->rows[k].cell[1]));
	}
	table = &dsfit_guide_tables[DSFIT_GUIDE_LINK];
	for (size_t k = 0; k < table->row_count; k++)
		ck_assert_uint_eq(table->rows[k].figure, UINT64_C(1000000000) *
				  strtoull(table->rows[k].cell[1], NULL, 10));
	table = &dsfit_guide_tables[DSFIT_GUIDE_ESTIMATION];
	for (size_t k = 0; k < table->row_count; k++)
		ck_assert_uint_eq(table->rows[k].figure,
				  strtoull(strstr(table->rows[k].cell[0], " x ") + 3, NULL, 10));
	table = &dsfit_guide_tables[DSFIT_GUIDE_PRICING];
	for (size_t k = 0; k < table->row_count; k++)
		ck_assert_double_eq_tol(table->rows[k].price,
					strtod(table->rows[k].cell[2] + 1, NULL), 1e-9);
	table = &dsfit_guide_tables[DSFIT_GUIDE_ZERO];
	ck_assert_int_eq(atoi(table->rows[0].cell[1] + 1), DSFIT_GUIDE_STAGE_1);
	ck_assert_int_eq(atoi(table->rows[1].cell[1] + 1), DSFIT_GUIDE_STAGE_2);
	ck_assert_int_eq(DSFIT_GUIDE_WEIGHTS + DSFIT_GUIDE_GRADIENTS + DSFIT_GUIDE_OPTIMIZER,
			 DSFIT_GUIDE_ALL);
}
END_TEST

/* The figure of a row is the end of its range ("1-3B"), and the jobs that are checked for the row
 * have its stage, number of GPUs and offload. */
START_TEST(mapping_is_its_words)
{
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_MAPPING];

	for (size_t k = 0; k < table->row_count; k++) {
		const struct dsfit_guide_row *row = &table->rows[k];
		const char *end = row->cell[0] + strcspn(row->cell[0], "-<");

		ck_assert_uint_eq(row->figure, *end ? strtoull(end + 1, NULL, 10) *
						      UINT64_C(1000000000) : 0);
		ck_assert_ptr_nonnull(row->check[1].model);
		for (size_t i = 0; i < DSFIT_GUIDE_CHECKS && row->check[i].model; i++) {
			const struct dsfit_guide_check *check = &row->check[i];

			ck_assert_int_eq(check->zero[0], row->cell[1][strlen("Stage ")]);
			ck_assert_uint_eq(check->gpus, strtoull(row->cell[2], NULL, 10));
			ck_assert(check->otherwise ||
				  !!check->offload == !!strstr(row->cell[1], "Offload"));
		}
	}
}
END_TEST

static const struct dsfit_guide_row *guide_ram(uint64_t parameters, const struct dsfit_training *t)
{
	return dsfit_guide_ram(parameters, t->zero, t->offload_optimizer != DSFIT_OFFLOAD_NONE);
}

START_TEST(floors)
{
	static const struct {
		uint64_t parameters;
		unsigned zero;
		enum dsfit_offload offload;
		const char *ram, *storage;
		unsigned stage;
	} vectors[] = {
		{ 0, 0, DSFIT_OFFLOAD_NONE, "16 GB", "50 GB", 2 },
		{ 999999999, 2, DSFIT_OFFLOAD_NONE, "16 GB", "50 GB", 2 },
		{ 999999999, 2, DSFIT_OFFLOAD_CPU, "64 GB", "50 GB", 2 },
		{ 1000000000, 2, DSFIT_OFFLOAD_NONE, "32 GB", "100 GB", 2 },
		{ 6999999999, 3, DSFIT_OFFLOAD_NVME, "64 GB", "100 GB", 2 },
		{ 7000000000, 3, DSFIT_OFFLOAD_NONE, "32 GB", "100 GB", 3 },
		{ 70000000000, 3, DSFIT_OFFLOAD_NONE, "256+ GB", "500+ GB", 3 },
		{ 70000000000, 2, DSFIT_OFFLOAD_NONE, "32 GB", "500+ GB", 3 },
		{ 559999999999, 3, DSFIT_OFFLOAD_CPU, "256+ GB", "500+ GB", 3 },
		{ 560000000000, 3, DSFIT_OFFLOAD_CPU, "256+ GB", "1.1+ TB", 3 },
		{ UINT64_MAX, 3, DSFIT_OFFLOAD_CPU, "256+ GB", "1.1+ TB", 3 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_training t = { .zero = vectors[i].zero,
					    .offload_optimizer = vectors[i].offload };
		uint64_t parameters = vectors[i].parameters;

		ck_assert_str_eq(guide_ram(parameters, &t)->cell[1], vectors[i].ram);
		ck_assert_str_eq(dsfit_guide_storage(parameters)->cell[1], vectors[i].storage);
		ck_assert_uint_eq(dsfit_guide_stage(parameters), vectors[i].stage);
	}
	ck_assert_uint_eq(dsfit_guide_network(), 25000000000);
}
END_TEST

/* ---- beside the account ---------------------------------------------------------------------- */

/* Assert that the host has the RAM of the row or, if the row has none, the guide's RAM for such a
 * job. */
static void check_host(const struct dsfit_guide_table *table, const struct dsfit_guide_row *row,
		       const struct dsfit_comparison *one)
{
	if (table->subject != DSFIT_GUIDE_RAM)
		row = guide_ram(one->workload.model.parameters, &one->workload.training);
	ck_assert_uint_eq(one->assessment.host_capacity, row->figure);
}

START_TEST(every_row_is_answered)
{
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[i];

		for (size_t k = 0; k < table->row_count; k++) {
			const struct dsfit_guide_row *row = &table->rows[k];

			ck_assert_ptr_nonnull(row->check[0].model);
			ck_assert(!row->check[0].otherwise);
			for (size_t c = 0; c < DSFIT_GUIDE_CHECKS && row->check[c].model; c++) {
				struct dsfit_comparison one;
				struct dsfit_error err;

				ck_assert_msg(!dsfit_compare(site, table, row, &row->check[c], &one,
							     &err), "%s: %s", table->key, err.text);
				ck_assert_msg(one.verdict != DSFIT_UNKNOWN, "%s, row %zu: %s is "
					      "unknown", table->key, k, row->check[c].model);
				check_host(table, row, &one);
			}
		}
	}
	dsfit_site_free(site);
}
END_TEST

/* Rows for which the guide and the account are known to disagree, about GPU or host memory. */
START_TEST(known_partings)
{
	static const struct {
		enum dsfit_guide_index table;
		size_t row, check;
		const char *model;
		enum dsfit_verdict gpu;
		double host_at_least;		/* bytes of the low estimate */
	} vectors[] = {
		/* Needed: 16 to 20 GB on one 8 GB card; 48 to 60 GB on one of 24 GB; 58 GB on each
		 * of four of 40 GB. */
		{ DSFIT_GUIDE_MAPPING, 0, 1, "1B", DSFIT_EXCEEDS, 0 },
		{ DSFIT_GUIDE_MAPPING, 1, 1, "3B", DSFIT_EXCEEDS, 0 },
		{ DSFIT_GUIDE_MAPPING, 3, 1, "13B", DSFIT_EXCEEDS, 0 },
		/* The GPUs hold it, but the host needs at least 1.3 TB and not 256 GB. */
		{ DSFIT_GUIDE_MAPPING, 6, 0, "70B", DSFIT_FITS, 1.2e12 },
		/* The weights alone need 1.12 TB. */
		{ DSFIT_GUIDE_MULTIMODAL, 2, 0, "longcat-560b", DSFIT_EXCEEDS, 0 },
	};
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[vectors[i].table];
		const struct dsfit_guide_row *row = &table->rows[vectors[i].row];
		const struct dsfit_guide_check *check = &row->check[vectors[i].check];
		struct dsfit_comparison one;
		struct dsfit_error err;

		ck_assert_str_eq(check->model, vectors[i].model);
		ck_assert_msg(!dsfit_compare(site, table, row, check, &one, &err), "%s", err.text);
		ck_assert_msg(one.assessment.gpu == vectors[i].gpu, "%s: GPU %s", check->model,
			      dsfit_verdict_names[one.assessment.gpu]);
		ck_assert(vectors[i].gpu != DSFIT_EXCEEDS || one.verdict == DSFIT_EXCEEDS);
		ck_assert((double)one.assessment.account.host.low >= vectors[i].host_at_least);
		ck_assert(vectors[i].host_at_least == 0 ||
			  (one.assessment.host == DSFIT_EXCEEDS && one.verdict == DSFIT_EXCEEDS));
	}
	dsfit_site_free(site);
}
END_TEST

/* A row about one term compares this term, and the last row the whole. */
START_TEST(terms_of_the_estimate)
{
	static const uint64_t figures[] = { DSFIT_GUIDE_WEIGHTS, DSFIT_GUIDE_GRADIENTS,
					    DSFIT_GUIDE_OPTIMIZER };
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_ESTIMATION];
	struct dsfit_site *site = unit_site();

	ck_assert_uint_eq(table->row_count, DSFIT_ARRAY_SIZE(figures) + 1);
	for (size_t i = 0; i < table->row_count; i++) {
		const struct dsfit_guide_row *row = &table->rows[i];
		const struct dsfit_gpu_account *gpu;
		struct dsfit_comparison one;
		struct dsfit_error err;

		ck_assert(!dsfit_compare(site, table, row, &row->check[1], &one, &err));
		gpu = &one.assessment.account.gpu;
		ck_assert_uint_eq(one.need, i == 0 ? gpu->weights : i == 1 ? gpu->gradients :
					    i == 2 ? gpu->optimizer : gpu->peak);
		if (i < DSFIT_ARRAY_SIZE(figures))
			ck_assert_uint_eq(one.guide, one.workload.model.parameters * figures[i]);
	}
	dsfit_site_free(site);
}
END_TEST

/* A site's default stage, offload and method do not change the guide's rows. */
START_TEST(a_site_with_defaults_of_its_own)
{
	struct dsfit_site *site = unit_site();
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_TREE];
	struct dsfit_comparison before, after;
	struct dsfit_error err;

	ck_assert(!dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[1], &before,
				 &err));
	ck_assert_uint_eq(before.workload.training.zero, 2);
	site->defaults.zero = 3;
	site->defaults.zero_given = true;
	site->defaults.offload_all = DSFIT_OFFLOAD_CPU;
	site->defaults.method = DSFIT_METHOD_LORA;
	ck_assert(!dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[1], &after,
				 &err));
	ck_assert_uint_eq(after.workload.training.zero, 2);
	ck_assert_uint_eq(after.assessment.account.gpu.peak, before.assessment.account.gpu.peak);
	/* Settings that the guide does not mention have the site's defaults. */
	site->defaults.sequence = 65536;
	ck_assert(!dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[1], &after,
				 &err));
	ck_assert_uint_gt(after.assessment.account.gpu.peak, before.assessment.account.gpu.peak);
	dsfit_site_free(site);
}
END_TEST

/* The seconds of computing in a step. */
static double computing(const struct dsfit_comparison *c)
{
	return c->assessment.account.network.step_seconds;
}

static double sending(const struct dsfit_comparison *c)
{
	return 8.0 * (double)c->assessment.account.network.bytes_per_step /
	       (double)c->assessment.network_capacity;
}

/* A slower network makes a step wait longer. If the card's speed is not known, nor is the wait. */
START_TEST(waiting_for_the_network)
{
	struct dsfit_site *site = unit_site();
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_LINK];
	const struct dsfit_guide_check *check = &table->rows[0].check[0];
	struct dsfit_comparison slow, fast;
	struct dsfit_error err;

	ck_assert(!dsfit_compare(site, table, &table->rows[0], check, &slow, &err));
	ck_assert(!dsfit_compare(site, table, &table->rows[1], check, &fast, &err));
	ck_assert_uint_eq(slow.assessment.network_capacity, table->rows[0].figure);
	ck_assert_uint_eq(fast.assessment.network_capacity, table->rows[1].figure);
	ck_assert_double_gt(slow.assessment.waiting, fast.assessment.waiting);
	ck_assert(fast.assessment.waiting >= 0 && slow.assessment.waiting < 1);
	/* All that a GPU sends leaves its node: data-parallel groups have one GPU per node. */
	ck_assert_uint_eq(slow.assessment.account.network.between,
			  slow.assessment.account.network.bytes_per_step);
	ck_assert_double_eq_tol(slow.assessment.waiting, 1 - computing(&slow) / sending(&slow),
				1e-12);
	for (size_t i = 0; i < site->gpu_count; i++)
		site->gpus[i].tflops = 0;
	ck_assert(!dsfit_compare(site, table, &table->rows[0], check, &slow, &err));
	ck_assert(slow.assessment.waiting < 0);
	dsfit_site_free(site);
}
END_TEST

/* The price of a provider's row is the guide's, whatever the site's price of the card. */
START_TEST(prices_are_the_guides)
{
	struct dsfit_site *site = unit_site();
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_PRICING];

	for (size_t i = 0; i < site->gpu_count; i++)
		site->gpus[i].price = 1000;
	for (size_t k = 0; k < table->row_count; k++) {
		const struct dsfit_guide_row *row = &table->rows[k];
		struct dsfit_comparison one;
		struct dsfit_error err;

		ck_assert(!dsfit_compare(site, table, row, &row->check[0], &one, &err));
		ck_assert_double_eq_tol(one.assessment.price, row->price, 1e-9);
		ck_assert(one.assessment.price_per_billion > 0);
	}
	dsfit_site_free(site);
}
END_TEST

/* If gpus.conf lacks the card, the row still has the guide's words, and an error names the card. */
START_TEST(a_site_without_the_guides_cards)
{
	struct dsfit_site *site = unit_site();
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_CONSUMER];
	size_t count = site->gpu_count;
	char text[DSFIT_CELL_MAX];
	struct dsfit_comparison one;
	struct dsfit_error err;

	site->gpu_count = 0;
	ck_assert_str_eq(dsfit_compare_cell(site, &table->rows[0], 0, text), "RTX 3060");
	ck_assert_str_eq(dsfit_compare_cell(site, &table->rows[0], 1, text), "");
	ck_assert_int_eq(dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[0], &one,
				       &err), -1);
	unit_assert_has(err.text, "rtx3060: not in this site's gpus.conf");
	site->gpu_count = count;
	count = site->models.count;
	site->models.count = 0;
	ck_assert_int_eq(dsfit_compare(site, table, &table->rows[0], &table->rows[0].check[0], &one,
				       &err), -1);
	unit_assert_has(err.text, "a size needs a model with reference = true");
	ck_assert_uint_eq(dsfit_compare_largest(site, &site->gpus[0], DSFIT_METHOD_FULL), 0);
	site->models.count = count;
	dsfit_site_free(site);
}
END_TEST

/* The verdict on GPU memory for a model of so many parameters on one card. */
static enum dsfit_verdict verdict_on(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
				     const char *method, uint64_t parameters)
{
	const struct dsfit_guide_table *table = &dsfit_guide_tables[DSFIT_GUIDE_CONSUMER];
	char model[DSFIT_SIZE_TEXT];
	const struct dsfit_guide_check check = { .model = model, .method = method,
						 .gpu = gpu->name, .gpus = 1 };
	struct dsfit_comparison one;
	struct dsfit_error err;

	snprintf(model, sizeof(model), "%lluM", (unsigned long long)(parameters / 1000000));
	ck_assert_msg(!dsfit_compare(site, table, &table->rows[0], &check, &one, &err), "%s",
		      err.text);
	return one.assessment.gpu;
}

/* The largest model fits, and one more in its second digit does not. Each method allows a larger
 * model than the one before. */
START_TEST(the_largest)
{
	struct dsfit_site *site = unit_site();
	struct dsfit_gpu tiny = { .memory = DSFIT_MIB };

	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];
		uint64_t below = 0;

		for (int method = 0; dsfit_method_names[method]; method++) {
			uint64_t largest = dsfit_compare_largest(site, gpu,
								 (enum dsfit_method)method);
			uint64_t digit = 1000000;

			while (largest / digit >= 100)
				digit *= 10;
			ck_assert_uint_gt(largest, below);
			ck_assert_int_eq(verdict_on(site, gpu, dsfit_method_names[method], largest),
					 DSFIT_FITS);
			ck_assert_int_gt(verdict_on(site, gpu, dsfit_method_names[method],
						    largest + digit), DSFIT_FITS);
			below = largest;
		}
	}
	ck_assert_uint_eq(dsfit_compare_largest(site, &tiny, DSFIT_METHOD_QLORA), 0);
	dsfit_site_free(site);
}
END_TEST

/* ---- the command ----------------------------------------------------------------------------- */

/* Run "dsfit ARGUMENTS". Returns its output, which the caller frees, and its exit status. */
static char *run(const char *arguments, int *status)
{
	size_t size = 0, length = 0, got;
	char command[2048], *out = NULL;
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' %s --conf='%s/dsfit.conf' 2>/dev/null",
		 TEST_COMMAND, arguments, TEST_CONF);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	do {
		size += 65536;
		out = realloc(out, size + 1);
		ck_assert_ptr_nonnull(out);
		got = fread(out + length, 1, size - length, pipe);
		length += got;
	} while (length == size);
	out[length] = '\0';
	*status = pclose(pipe);
	ck_assert(WIFEXITED(*status));
	*status = WEXITSTATUS(*status);
	return out;
}

static struct json_object *run_json(const char *arguments)
{
	struct json_object *root;
	int status;
	char *text = run(arguments, &status);

	ck_assert_msg(status < 2, "%s: exit %d", arguments, status);
	root = json_tokener_parse(text);
	ck_assert_msg(root != NULL, "%s: no JSON", arguments);
	free(text);
	return root;
}

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

static const char *word_at(struct json_object *object, const char *key)
{
	return json_object_get_string(at(object, key));
}

START_TEST(json_has_every_row)
{
	struct json_object *root = run_json("guide --json");
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[i];
		struct json_object *rows = at(root, table->key);

		ck_assert_uint_eq(json_object_array_length(rows), table->row_count);
		for (size_t k = 0; k < table->row_count; k++) {
			struct json_object *row = json_object_array_get_idx(rows, k);
			char text[DSFIT_CELL_MAX];

			for (size_t c = 0; c < DSFIT_GUIDE_COLUMNS && table->column[c]; c++)
				ck_assert_str_eq(word_at(at(row, "guide"), table->column[c]),
						 dsfit_compare_cell(site, &table->rows[k], c,
								    text));
			ck_assert_int_ge(dsfit_word(dsfit_verdict_names,
						    word_at(row, "verdict")), 0);
			ck_assert_uint_gt(json_object_array_length(at(row, "account")), 0);
		}
	}
	ck_assert_uint_eq(json_object_array_length(at(root, "recommendations")), 3);
	json_object_put(root);
	dsfit_site_free(site);
}
END_TEST

/* Assert that "dsfit size" has the same verdict and the same bytes for the same job. */
static void same_by_size(struct json_object *answer)
{
	static const char *const verdicts[] = { "gpu", "host" };
	static const char *const bytes[] = { "peak", "low", "high", "capacity" };
	struct json_object *size;
	char arguments[1024];

	snprintf(arguments, sizeof(arguments), "size --json %s", word_at(answer, "options"));
	size = run_json(arguments);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(verdicts); i++)
		ck_assert_msg(!strcmp(word_at(at(size, "verdict"), verdicts[i]),
				      word_at(at(answer, "verdicts"), verdicts[i])),
			      "%s: %s differs", arguments, verdicts[i]);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(bytes); i++)
		ck_assert_msg(json_object_get_int64(at(at(size, "gpu"), bytes[i])) ==
			      json_object_get_int64(at(at(answer, "gpu"), bytes[i])),
			      "%s: gpu.%s differs", arguments, bytes[i]);
	ck_assert_int_eq(json_object_get_int64(at(at(size, "host"), "high")),
			 json_object_get_int64(at(at(answer, "host"), "high")));
	json_object_put(size);
}

START_TEST(verdicts_are_sizes_own)
{
	struct json_object *root = run_json("guide --json");

	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		struct json_object *rows = at(root, dsfit_guide_tables[i].key);

		for (size_t k = 0; k < json_object_array_length(rows); k++) {
			struct json_object *answers = at(json_object_array_get_idx(rows, k),
							 "account");

			for (size_t c = 0; c < json_object_array_length(answers); c++)
				same_by_size(json_object_array_get_idx(answers, c));
		}
	}
	json_object_put(root);
}
END_TEST

static void has_words(const char *text, const char *cell)
{
	char words[DSFIT_CELL_MAX], *save = NULL;

	snprintf(words, sizeof(words), "%s", cell);
	for (char *one = strtok_r(words, " ", &save); one; one = strtok_r(NULL, " ", &save))
		ck_assert_msg(strstr(text, one) != NULL, "no \"%s\" of \"%s\"", one, cell);
}

START_TEST(text_has_every_word)
{
	struct dsfit_site *site = unit_site();
	char *text, *save = NULL, cell[DSFIT_CELL_MAX];
	int status;

	text = run("guide", &status);
	ck_assert_int_eq(status, 0);
	for (const char *c = text; *c; c++)
		ck_assert_msg(*c == '\n' || isprint((unsigned char)*c), "byte %02x", *c);
	ck_assert_ptr_null(strstr(text, "\\x"));
	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[i];

		ck_assert_ptr_nonnull(strstr(text, table->title));
		for (size_t k = 0; k < table->row_count; k++)
			for (size_t c = 0; c < DSFIT_GUIDE_COLUMNS && table->column[c]; c++)
				has_words(text, dsfit_compare_cell(site, &table->rows[k], c, cell));
	}
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ck_assert_msg(strlen(line) <= 80, "%zu columns: %s", strlen(line), line);
	free(text);
	dsfit_site_free(site);
}
END_TEST

START_TEST(what_is_not_accepted)
{
	static const char *const wrong[] = { "guide --nosuch", "guide 13B", "guide --json=yes" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(wrong); i++) {
		int status;
		char *text = run(wrong[i], &status);

		ck_assert_msg(status == 2, "%s: exit %d", wrong[i], status);
		ck_assert_str_eq(text, "");
		free(text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guide");

	unit_add(suite, "words",
		 (const TTest *const[]){ every_row_of_the_guide, every_leaf_and_recommendation,
					 figures_are_the_words, mapping_is_its_words, floors,
					 NULL });
	unit_add(suite, "account",
		 (const TTest *const[]){ every_row_is_answered, known_partings,
					 terms_of_the_estimate,
					 a_site_with_defaults_of_its_own,
					 waiting_for_the_network, prices_are_the_guides,
					 a_site_without_the_guides_cards, the_largest, NULL });
	unit_add(suite, "command",
		 (const TTest *const[]){ json_has_every_row, verdicts_are_sizes_own,
					 text_has_every_word, what_is_not_accepted, NULL });
	return unit_run(suite);
}
