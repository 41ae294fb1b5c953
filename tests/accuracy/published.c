/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/data/measured-2.csv: published peaks, most of one card and one release of each library.
 * Each is asked about on the command line, with the releases and the loss that the row names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/accuracy/asked.h"
#include "tests/accuracy/judged.h"
#include "tests/accuracy/table.h"

#define GIB 1073741824.0

/* By the catalogue's name where it has the model, else by its dimensions. */
static void say_model(const struct table *row, struct asking *asking)
{
	static const char *const dimensions[] = { "params", "layers", "hidden", "heads", "ffn",
						  "vocab" };

	if (*table_text(row, "dsfit_model")) {
		ask_word(asking, "--model=%s", table_text(row, "dsfit_model"));
		return;
	}
	for (size_t i = 0; i < sizeof(dimensions) / sizeof(*dimensions); i++)
		ask_word(asking, "--%s=%s", dimensions[i], table_text(row, dimensions[i]));
	ask_word(asking, "--kv-heads=%s", table_text(row, "kv_heads"));
	if (table_number(row, "gated", 1))
		ask_word(asking, "--gated");
}

/* "torch 2.4.1, transformers 4.48": by their first two numbers. */
static void say_release(const char *libraries, const char *name, struct asking *asking)
{
	const char *at = strstr(libraries, name);
	unsigned major, minor;

	if (at && sscanf(at + strlen(name), " %u.%u", &major, &minor) == 2)
		ask_set(asking, "%s:%u.%u", name, major, minor);
}

static void say_method(const struct table *row, struct asking *asking)
{
	const char *method = table_text(row, "method");

	if (!strcmp(method, "full"))
		return;
	ask_word(asking, "--method=%s:%s", method, table_text(row, "lora_rank"));
	ask_word(asking, "--lora-targets=%s", table_text(row, "lora_targets"));
	if (*table_text(row, "base_weights"))
		ask_word(asking, "--base-weights=%s", table_text(row, "base_weights"));
}

/*
 * fms_acceleration_foak replaces the loss by Unsloth's cross entropy in llama, mistral and mixtral
 * (models/ of its plugin). In gpt_bigcode it replaces a class that transformers no longer uses.
 */
static bool loss_in_place(const struct table *row)
{
	return strstr(table_text(row, "variant"), "foak") &&
	       !strstr(table_text(row, "model"), "santacoder");
}

static void say_job(const struct table *row, struct asking *asking)
{
	uint64_t gpus = table_number(row, "gpus", 1), nodes = table_number(row, "nodes", 1);

	say_model(row, asking);
	say_method(row, asking);
	ask_word(asking, "--engine=%s", table_text(row, "engine"));
	ask_word(asking, "--zero=%s", table_text(row, "zero"));
	ask_word(asking, "--parallel=tensor:%s,pipeline:%s", table_text(row, "tensor"),
		 table_text(row, "pipeline"));
	ask_word(asking, "--batch=%s", table_text(row, "micro_batch"));
	ask_word(asking, "--seq=%s", table_text(row, "sequence"));
	ask_word(asking, "--precision=%s", table_text(row, "precision"));
	ask_word(asking, "--checkpointing=%s", table_text(row, "checkpointing"));
	ask_word(asking, "--attention=%s", table_text(row, "attention"));
	ask_word(asking, "--optimizer=%s", table_text(row, "optimizer"));
	if (!strcmp(table_text(row, "loss"), "fused"))
		ask_set(asking, "loss:fused");
	else if (loss_in_place(row))
		ask_set(asking, "loss:in-place");
	say_release(table_text(row, "library"), "transformers", asking);
	say_release(table_text(row, "library"), "torch", asking);
	ask_word(asking, "--nodes=%ju", (uintmax_t)nodes);
	ask_word(asking, "--gpus-per-node=%ju", (uintmax_t)(gpus / nodes));
	ask_word(asking, "--gpu-memory=%sGiB", table_text(row, "gpu_gib"));
}

/* The band of a peak of another kind is the GPU's, less what that kind leaves out. */
static void take_answer(const struct answer *answer, struct judged *row)
{
	double peak = answer_number(answer, "gpu", "peak"), said = peak;

	row->refused = !answer->all;
	row->unsaid = answer->unsaid;
	snprintf(row->why, sizeof(row->why), "%s", answer->why);
	row->gpu_low = answer_number(answer, "gpu", "low");
	row->gpu_high = answer_number(answer, "gpu", "high");
	if (!strcmp(row->part, "allocated"))
		said = answer_allocated(answer);
	else if (!strcmp(row->part, "reserved"))
		said = answer_reserved(answer);
	row->said = said;
	row->low = row->gpu_low - (peak - said);
	row->high = row->gpu_high - (peak - said);
}

static int read_row(const void *context, const struct table *table, void *out)
{
	const struct asked_of *of = context;
	struct judged *row = out;
	struct asking asking = { of->command, of->conf, NULL, "", "" };
	struct answer answer;

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", table_text(table, "id"));
	snprintf(row->group, sizeof(row->group), "%s", table_text(table, "group"));
	snprintf(row->part, sizeof(row->part), "%s", table_text(table, "peak_kind"));
	row->trust = *table_text(table, "trust");
	row->fsdp = !strcmp(table_text(table, "engine"), "fsdp");
	row->ran = !strcmp(table_text(table, "verdict"), "fits");
	row->capacity = strtod(table_text(table, "gpu_gib"), NULL) * GIB;
	row->truth = strtod(table_text(table, "peak_gib"), NULL) * GIB;
	say_job(table, &asking);
	ask(&asking, &answer);
	take_answer(&answer, row);
	answer_free(&answer);
	return 0;
}

struct judged *published_read(const struct asked_of *of, size_t *count)
{
	return table_read_all(of->data, "measured-2.csv", sizeof(struct judged), read_row, of,
			      count);
}
