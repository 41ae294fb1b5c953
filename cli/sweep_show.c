/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/sweep_show.h"

#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "cli/output.h"
#include "core/formats/json_write.h"
#include "core/say/picture_svg.h"
#include "core/say/say.h"

static struct json_object *json_point(const struct sweep_point *point)
{
	const struct dsfit_gpu_account *gpu = &point->assessment.account.gpu;
	uint64_t capacity = point->assessment.gpu_capacity;
	struct json_object *o = json_object_new_object();

	dsfit_json_add(o, "value", dsfit_json_whole(point->value));
	dsfit_json_add(o, "declared", json_object_new_boolean(point->declared));
	dsfit_json_add(o, "peak", dsfit_json_whole(gpu->peak));
	dsfit_json_add(o, "low", dsfit_json_whole(gpu->low));
	dsfit_json_add(o, "high", dsfit_json_whole(gpu->high));
	dsfit_json_add(o, "capacity", dsfit_json_known(capacity));
	dsfit_json_add(o, "verdict", json_object_new_string(
			       dsfit_verdict_names[point->assessment.overall]));
	dsfit_json_add(o, "phase", json_object_new_string(
			       dsfit_phase_names[gpu->peak_phase]));
	return o;
}

static void print_json(const struct sweep *sweep)
{
	struct json_object *all;

	dsfit_json_begin();
	all = json_object_new_array();
	for (size_t i = 0; i < sweep->count; i++)
		dsfit_json_append(all, json_point(&sweep->point[i]));
	cli_print_json(all, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			    JSON_C_TO_STRING_NOSLASHESCAPE);
}

static const char *label_of(const struct dsfit_assessment *a)
{
	return a->class ? a->class->gpu->label : "GPU";
}

/* "13B, ZeRO-3, batch 1 x 2048 tokens on 1 x 4 A100 40GB: a GPU's memory at its peak, by ..." */
static void write_title(const struct sweep *sweep, char *title, size_t size)
{
	static const char *const by[] = {
		[CLI_SWEEP_GPUS] = "the number of GPUs",
		[CLI_SWEEP_BATCH] = "micro-batch",
		[CLI_SWEEP_SEQ] = "tokens per sample",
	};
	char *words = dsfit_say_workload(sweep->job->workload);

	cli_need(!words);
	snprintf(title, size, "%s on %llu x %llu %s: peak memory per GPU by %s", words,
		 (unsigned long long)sweep->base.layout.nodes,
		 (unsigned long long)sweep->base.layout.gpus_per_node, label_of(&sweep->base),
		 by[sweep->job->what]);
	free(words);
}

struct sweep_chart *sweep_chart_new(const struct sweep *sweep)
{
	struct sweep_chart *new = calloc(1, sizeof(*new));

	cli_need(!new);
	write_title(sweep, new->title, sizeof(new->title));
	new->chart = (struct dsfit_chart){
		.title = new->title,
		.axis = sweep_axes[sweep->job->what],
		.card = label_of(&sweep->base),
		.row = new->row,
		.count = sweep->count,
	};
	for (size_t i = 0; i < sweep->count; i++) {
		new->row[i].value = sweep->point[i].value;
		new->row[i].verdict = sweep->point[i].verdict;
		new->row[i].declared = sweep->point[i].declared;
		dsfit_bar_gpu(&sweep->point[i].assessment, &new->row[i].bar);
	}
	return new;
}

void sweep_show(const struct sweep *sweep)
{
	const struct dsfit_style style = cli_style();
	struct sweep_chart *made = sweep_chart_new(sweep);
	char *svg = NULL, *text = NULL;

	if (sweep->job->svg) {
		svg = dsfit_chart_svg(&made->chart);
		cli_need(!svg);
		cli_write_file("svg", sweep->job->svg, svg);
	}
	if (sweep->job->json) {
		print_json(sweep);
	} else if (!cli_is_stdout(sweep->job->svg)) {
		text = dsfit_chart_text(&made->chart, &style);
		cli_need(!text);
		fputs(text, stdout);
	}
	free(text);
	free(svg);
	free(made);
}
