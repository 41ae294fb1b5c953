/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The card that a gres type and features stand for, as sites write them. */
#include "tests/unit/unit.h"

#include "core/base/size.h"
#include "core/site/card.h"
#include "core/site/card_name.h"

static const struct {
	const char *type, *features[3];
	const char *gpu;		/* NULL: none in the catalogue */
	unsigned memory;		/* GB that the type or a feature names */
	bool slice;
	const char *feature, *other;
} rows[] = {
	/* Types that the catalogue has as a name or an alias, in upper or lower case. */
	{ "h100", { NULL }, "h100", 0, false, NULL, NULL },
	{ "rtx4090", { "net25" }, "rtx4090", 0, false, NULL, NULL },
	{ "a100_80g", { NULL }, "a100_80g", 0, false, NULL, NULL },
	{ "a100_80gb", { NULL }, "a100_80g", 0, false, NULL, NULL },
	{ "A100_80GB", { NULL }, "a100_80g", 0, false, NULL, NULL },
	{ "nvidia_a100-sxm4-80gb", { NULL }, "a100_80g", 0, false, NULL, NULL },
	{ "nvidia_a100-sxm4-40gb", { NULL }, "a100", 0, false, NULL, NULL },
	/* "a100" alone is the catalogue's A100, unless a feature says more. */
	{ "a100", { "net200" }, "a100", 0, false, NULL, "a100_80g" },
	{ "a100", { "ib", "GPU_MEM:80GB" }, "a100_80g", 80, false, "GPU_MEM:80GB", NULL },
	{ "a100", { "gpu_mem:80gb" }, "a100_80g", 80, false, "gpu_mem:80gb", NULL },
	{ "a100", { "gpu_mem_40G" }, "a100", 40, false, "gpu_mem_40G", NULL },
	{ "a100", { "a100_80g" }, "a100_80g", 0, false, "a100_80g", NULL },
	{ "a100", { "a100_40gb" }, "a100", 0, false, "a100_40gb", NULL },
	{ "a100", { "a100" }, "a100", 0, false, NULL, "a100_80g" },
	{ "a100", { "h100", "h200_141gb" }, "a100", 0, false, NULL, "a100_80g" },
	/* No card of the model has this memory, so the catalogue has no such card. */
	{ "a100", { "GPU_MEM:96GB" }, NULL, 96, false, "GPU_MEM:96GB", NULL },
	/* If the type names the memory, no feature overrules it. */
	{ "a100_80gb", { "GPU_MEM:40GB" }, "a100_80g", 0, false, NULL, NULL },
	{ "a100-80", { NULL }, "a100_80g", 0, false, NULL, NULL },
	{ "v100-32", { "ib" }, "v100_32g", 0, false, NULL, NULL },
	/* The memory is that of the slice. */
	{ "3g.20gb", { NULL }, "a100_3g.20gb", 20, true, NULL, NULL },
	{ "a100_3g.20gb", { "GPU_MEM:40GB" }, "a100_3g.20gb", 20, true, NULL, NULL },
	{ "nvidia_h100_1g.10gb+me", { NULL }, "h100_1g.10gb", 10, true, NULL, NULL },
	{ "1g.10gb", { NULL }, "a100_80g_1g.10gb", 10, true, NULL, "h100_1g.10gb" },
	{ "1G.5GB", { NULL }, "a100_1g.5gb", 5, true, NULL, NULL },
	/* No list has these slices. */
	{ "h100_2g.21gb", { NULL }, NULL, 21, true, NULL, NULL },
	{ "5g.20gb", { NULL }, NULL, 20, true, NULL, NULL },
	/* An unknown type stays unknown, but a feature may still name the memory. */
	{ "x100", { NULL }, NULL, 0, false, NULL, NULL },
	{ "x100", { "ib", "GPU_MEM:32GB" }, NULL, 32, false, "GPU_MEM:32GB", NULL },
	{ "v100", { NULL }, "v100", 0, false, NULL, "v100_32g" },
	{ "v100", { "ib", "GPU_MEM:32GB" }, "v100_32g", 32, false, "GPU_MEM:32GB", NULL },
	{ "mi250.x", { NULL }, "mi250x", 0, false, NULL, NULL },
	{ "v1.5g", { NULL }, NULL, 0, false, NULL, NULL },
	{ "x100", { "GPU_MEM:big" }, NULL, 0, false, NULL, NULL },
	{ "x100", { "GPU_MEM:32TB" }, NULL, 0, false, NULL, NULL },
	{ "x100", { "GPU_MEM:" }, NULL, 0, false, NULL, NULL },
	{ "x100", { "GPU_MEM:99999999999999999999GB" }, NULL, 0, false, NULL, NULL },
	{ "x100", { "GPU_MEM:-80GB" }, NULL, 0, false, NULL, NULL },
	/* Without a type only a feature can name the card. */
	{ "", { NULL }, NULL, 0, false, NULL, NULL },
	{ "", { "a100_80g" }, "a100_80g", 0, false, "a100_80g", NULL },
	{ ".", { "." }, NULL, 0, false, NULL, NULL },
};

START_TEST(test_card)
{
	struct dsfit_site *site = unit_site();
	char *names[3];
	struct dsfit_names features = { names, 0 };
	struct dsfit_card card;
	const char *type = rows[_i].type;

	for (size_t i = 0; i < 3 && rows[_i].features[i]; i++)
		names[features.count++] = strdup(rows[_i].features[i]);
	dsfit_card_find(site, type, &features, &card);
	ck_assert_msg(!card.gpu == !rows[_i].gpu, "%s: %s", type, card.gpu ? card.gpu->name : "-");
	if (card.gpu)
		ck_assert_str_eq(card.gpu->name, rows[_i].gpu);
	ck_assert_uint_eq(card.memory, rows[_i].memory * UINT64_C(1000000000));
	ck_assert_int_eq(card.slice, rows[_i].slice);
	ck_assert_msg(!card.feature == !rows[_i].feature, "%s: %s", type, card.feature);
	if (card.feature)
		ck_assert_str_eq(card.feature, rows[_i].feature);
	ck_assert_msg(!card.other == !rows[_i].other, "%s", type);
	if (card.other)
		ck_assert_str_eq(card.other->name, rows[_i].other);
	for (size_t i = 0; i < features.count; i++)
		free(names[i]);
	dsfit_site_free(site);
}
END_TEST

/* tests/data/card-names.tsv: what NVML, slurmd, gres.conf and people call GPUs. */
START_TEST(test_names)
{
	struct dsfit_site *site = unit_site();
	FILE *tsv = fopen(TEST_DATA "/card-names.tsv", "r");
	unsigned count = 0;
	char line[256];

	ck_assert_ptr_nonnull(tsv);
	while (fgets(line, sizeof(line), tsv)) {
		char *card = strchr(line, '\t');
		const struct dsfit_gpu *gpu;

		if (*line == '#')
			continue;
		ck_assert_ptr_nonnull(card);
		*card++ = '\0';
		card[strcspn(card, "\n")] = '\0';
		gpu = dsfit_site_gpu(site, line);
		ck_assert_msg(!strcmp(gpu ? gpu->name : "-", card), "%s: %s, not %s", line,
			      gpu ? gpu->name : "-", card);
		count++;
	}
	fclose(tsv);
	ck_assert_uint_gt(count, 300);
	dsfit_site_free(site);
}
END_TEST

/* Every card of the catalogue is sound, and found by its own names and no other's. */
START_TEST(test_catalogue)
{
	struct dsfit_site *site = unit_site();

	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];
		double share = (double)gpu->memory / ((double)gpu->label_memory * 1.073741824);

		/* A label counts in 2^30 bytes, or in 10^9 as that of a slice or of the newest. */
		ck_assert_msg(share > 0.7 && share < 1, "%s: %g", gpu->name, share);
		ck_assert_msg(gpu->tflops < 3000, "%s", gpu->name);
		ck_assert_ptr_eq(dsfit_site_gpu(site, gpu->label), gpu);
		ck_assert_int_eq(gpu->whole != NULL, i >= site->gpu_count - site->slice_count);
		if (!gpu->whole)
			continue;
		ck_assert_uint_le(gpu->memory, gpu->whole->memory);
		ck_assert_double_le(gpu->tflops, gpu->whole->tflops);
		ck_assert_uint_eq(gpu->cannot, gpu->whole->cannot);
	}
	dsfit_site_free(site);
}
END_TEST

/* A mistyped name never stands for another generation. */
START_TEST(test_kin)
{
	static const struct {
		const char *word, *name;
		bool kin;
	} pairs[] = {
		{ "b200", "h200", false }, { "gh200", "h200", false }, { "h1000", "h100", false },
		{ "a100", "h100", false }, { "rtx4090", "rtx3090", false },
		{ "rxt4090", "rtx4090", true }, { "rtx4090x", "rtx4090", true },
		{ "nvidai_h100", "nvidia_h100", true }, { "nvidia_b100", "nvidia_h100", false },
		{ "mi300", "mi300x", true }, { "l40x", "l40s", true }, { "l4", "l40", false },
		{ "a100_80", "a100_80g", true }, { "a100_40", "a100_80g", false },
		{ "tesla", "tesla", false }, { "", "", false }, { "4090", "rtx4090", false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(pairs); i++)
		ck_assert_msg(dsfit_card_is_kin(pairs[i].word, pairs[i].name) == pairs[i].kin,
			      "%s %s", pairs[i].word, pairs[i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("card");

	tcase_add_loop_test(unit_case(suite, "words"), test_card, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_test(unit_case(suite, "catalogue"), test_names);
	tcase_add_test(unit_case(suite, "own names"), test_catalogue);
	tcase_add_test(unit_case(suite, "kin"), test_kin);
	return unit_run(suite);
}
