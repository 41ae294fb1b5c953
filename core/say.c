/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "core/estimators.h"
#include "core/size.h"

#define REQUEST_TEXT 1024

/* Texts of one call, so that several quantities can stand in one printf. */
struct texts {
	char text[6][DSFIT_SIZE_TEXT];
};

static const char *bytes(uint64_t value, struct texts *t, int i)
{
	return dsfit_format_bytes(value, t->text[i]);
}

static const char *gpu_label(const struct dsfit_assessment *a)
{
	return a->class ? a->class->gpu->label : "GPU";
}

/* "2 nodes x 4 A100 40GB", or "1 node x 4 GPU" where the card is not known. */
static void put_layout(FILE *out, const struct dsfit_assessment *a)
{
	fprintf(out, "%llu node%s x %llu %s", (unsigned long long)a->layout.nodes,
		a->layout.nodes == 1 ? "" : "s", (unsigned long long)a->layout.gpus_per_node,
		gpu_label(a));
}

/* "13B, ZeRO-3, optimizer on cpu, lora:8": what is trained, where it is not the usual. */
static void put_workload(FILE *out, const struct dsfit_workload *w)
{
	const struct dsfit_training *t = &w->training;

	fprintf(out, "%s", w->model.name);
	if (t->engine == DSFIT_ENGINE_NONE)
		fprintf(out, ", no engine");
	else
		fprintf(out, ", ZeRO-%u", t->zero);
	if (t->method != DSFIT_METHOD_FULL)
		fprintf(out, ", %s", dsfit_method_names[t->method]);
	if (t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		fprintf(out, ", optimizer on %s", dsfit_offload_names[t->offload_optimizer]);
	if (t->offload_param != DSFIT_OFFLOAD_NONE)
		fprintf(out, ", parameters on %s", dsfit_offload_names[t->offload_param]);
	fprintf(out, ", batch %llu x %llu tokens", (unsigned long long)t->micro_batch,
		(unsigned long long)t->sequence);
}

/* One reason a line, written by put(context, line). The same lines go into words and JSON. */
typedef void (*reason_writer)(void *context, const char *line);

static void reason_gpu(const struct dsfit_assessment *a, char *line, size_t size)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	struct texts t;

	if (a->gpu == DSFIT_UNKNOWN)
		snprintf(line, size, "GPU memory: %s a GPU needed; the configuration describes "
			 "no node that could hold this request", bytes(gpu->peak, &t, 0));
	else
		snprintf(line, size, "GPU memory: %s a GPU needed (%s to %s), %s has %s",
			 bytes(gpu->peak, &t, 0), bytes(gpu->low, &t, 1),
			 bytes(gpu->high, &t, 2), gpu_label(a), bytes(a->gpu_capacity, &t, 3));
}

static void reason_host(const struct dsfit_assessment *a, char *line, size_t size)
{
	const struct dsfit_host_account *host = &a->account.host;
	struct texts t;

	snprintf(line, size, "host memory: %s a node needed (%s to %s), %s there",
		 bytes(host->per_node, &t, 0), bytes(host->low, &t, 1), bytes(host->high, &t, 2),
		 bytes(a->host_capacity, &t, 3));
}

static void reason_network(const struct dsfit_assessment *a, char *line, size_t size)
{
	const struct dsfit_network_account *net = &a->account.network;
	struct texts t;

	snprintf(line, size, "network: %s a node needed (%s at least; the guide's minimum is "
		 "25 Gbps), %s has %s", dsfit_format_rate(net->required, t.text[0]),
		 dsfit_format_rate(net->low, t.text[1]), a->class ? a->class->name : "the node",
		 dsfit_format_rate(a->network_capacity, t.text[2]));
}

static bool worth_saying(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_EXCEEDS || verdict == DSFIT_TIGHT;
}

static void each_reason(const struct dsfit_say *say, reason_writer put, void *context)
{
	const struct dsfit_assessment *a = &say->decision->assessment;
	struct dsfit_error why;
	char line[512];
	struct texts t;

	if (say->decision->nothing_asked)
		return;
	if (dsfit_layout_check(&say->workload->training, &a->layout, &why))
		put(context, why.text);
	if (worth_saying(a->gpu) || a->gpu == DSFIT_UNKNOWN) {
		reason_gpu(a, line, sizeof(line));
		put(context, line);
	}
	if (worth_saying(a->host)) {
		reason_host(a, line, sizeof(line));
		put(context, line);
	}
	if (worth_saying(a->nvme)) {
		snprintf(line, sizeof(line), "scratch: %s a node needed for NVMe offload, %s "
			 "there", bytes(a->account.nvme_per_node, &t, 0),
			 bytes(a->nvme_capacity, &t, 1));
		put(context, line);
	}
	if (worth_saying(a->storage)) {
		snprintf(line, sizeof(line), "storage: %s needed, %s there",
			 bytes(a->account.storage, &t, 0), bytes(say->site->storage, &t, 1));
		put(context, line);
	}
	if (worth_saying(a->network)) {
		reason_network(a, line, sizeof(line));
		put(context, line);
	}
}

static void put_indented(void *context, const char *line)
{
	fprintf(context, "  %s\n", line);
}

/* "33.8 of 39.4 GiB a GPU, 24 GiB of 500 GiB host memory a node". */
static void put_use(FILE *out, const struct dsfit_assessment *a)
{
	struct texts t;

	fprintf(out, "%s", bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " a GPU, %s", bytes(a->account.host.per_node, &t, 2));
	if (a->host_capacity)
		fprintf(out, " of %s", bytes(a->host_capacity, &t, 3));
	fprintf(out, " host memory a node");
}

static const char *request_text(const struct dsfit_say *say, const struct dsfit_request *request,
				char text[REQUEST_TEXT])
{
	return say->write_request(request, text, REQUEST_TEXT);
}

/* What was asked, in the gate's words; or that nothing was. */
static const char *asked_text(const struct dsfit_say *say, char text[REQUEST_TEXT])
{
	if (say->decision->nothing_asked)
		return "no GPUs asked for";
	return request_text(say, &say->decision->asked, text);
}

static void put_passed(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = &d->assessment;

	if (d->nothing_asked) {
		put_workload(out, say->workload);
		fprintf(out, d->request_unknown ? ": what fits here:\n" : ": no GPUs asked for\n");
		return;
	}
	fprintf(out, "%s: ", a->overall == DSFIT_EXCEEDS ? "does not fit" :
						dsfit_verdict_names[a->overall]);
	put_workload(out, say->workload);
	fprintf(out, " on ");
	put_layout(out, a);
	fprintf(out, ": ");
	put_use(out, a);
	fprintf(out, "\n");
	each_reason(say, put_indented, out);
}

static void put_corrected(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	char old[REQUEST_TEXT], new[REQUEST_TEXT];
	struct texts t;

	fprintf(out, "corrected: %s -> %s\n", asked_text(say, old),
		request_text(say, &d->corrected.request, new));
	put_workload(out, say->workload);
	if (!d->nothing_asked && d->assessment.gpu_capacity && d->assessment.gpu == DSFIT_EXCEEDS)
		fprintf(out, ": %s of %s a GPU as asked; now ",
			bytes(d->assessment.account.gpu.peak, &t, 0),
			bytes(d->assessment.gpu_capacity, &t, 1));
	else
		fprintf(out, ": ");
	put_use(out, &d->corrected.assessment);
	fprintf(out, "\n");
	if (!d->nothing_asked && d->assessment.gpu != DSFIT_EXCEEDS)
		each_reason(say, put_indented, out);
}

static void put_forbidden(FILE *out, unsigned forbidden)
{
	const char *separator = "";

	for (int i = 0; dsfit_change_names[i]; i++) {
		if (!(forbidden & (1u << i)))
			continue;
		fprintf(out, "%s%s", separator, dsfit_change_names[i]);
		separator = ", ";
	}
}

static void put_obstacle(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	switch (d->obstacle) {
	case DSFIT_OBSTACLE_MODE:
		fprintf(out, "  not corrected: the policy here is to reject\n");
		break;
	case DSFIT_OBSTACLE_WISH:
		fprintf(out, "  not corrected: %sfit=reject was asked for\n", say->prefix);
		break;
	case DSFIT_OBSTACLE_OTHER:
		fprintf(out, "  not corrected: what fits is no enlargement of what was asked\n");
		break;
	case DSFIT_OBSTACLE_MAY_CHANGE:
		fprintf(out, "  not corrected: it would take a change of ");
		put_forbidden(out, d->forbidden);
		if (d->asked.gpu_type[0] && (d->forbidden & DSFIT_CHANGE_GPU_TYPE))
			fprintf(out, ", and %s was asked for\n", d->asked.gpu_type);
		else
			fprintf(out, ", which the policy here leaves to you\n");
		break;
	case DSFIT_OBSTACLE_TASKS:
		fprintf(out, "  not corrected: it takes more nodes, and the number of tasks was "
			"given\n");
		break;
	case DSFIT_OBSTACLE_LAUNCH:
		fprintf(out, "  not corrected: it takes more nodes, and srun has already counted "
			"its tasks\n");
		break;
	case DSFIT_OBSTACLE_LIST:
		fprintf(out, "  not corrected: it takes more nodes, and the nodes are named\n");
		break;
	case DSFIT_OBSTACLE_NOTHING_FITS:
		if (!d->alternative_count)
			fprintf(out, "  nothing at this site fits it\n");
		break;
	case DSFIT_OBSTACLE_UNKNOWN_GPU:
		fprintf(out, "  the policy here refuses GPU types that are not configured\n");
		break;
	default:
		break;
	}
}

/* Words parted by spaces, each with the prefix that makes an option of it. */
static void put_options(FILE *out, const char *prefix, const char *options)
{
	while (*options) {
		size_t length = strcspn(options, " ");

		fprintf(out, " %s%.*s", prefix, (int)length, options);
		options += length + (options[length] == ' ');
	}
}

/* "instead: -N 2 --gpus-per-node=a100:4 (33.7 GiB of 39.4 GiB a GPU, $32.80/h)". */
static void put_alternative(FILE *out, const struct dsfit_say *say,
			    const struct dsfit_alternative *one)
{
	bool advice = say->decision->nothing_asked && say->decision->action == DSFIT_PASS;
	const char *lead = advice ? "fits" : "instead";
	char text[REQUEST_TEXT];
	struct texts t;

	if (one->training)
		lead = "or, with the training set up so";
	fprintf(out, "  %s: %s", lead, request_text(say, &one->request, text));
	if (one->training)
		put_options(out, say->prefix, one->training);
	fprintf(out, " (%s of %s a GPU", bytes(one->assessment.account.gpu.peak, &t, 0),
		bytes(one->assessment.gpu_capacity, &t, 1));
	if (one->assessment.price >= 0)
		fprintf(out, ", $%.2f/h", one->assessment.price);
	fprintf(out, ")\n");
}

/* What the roomiest request of the site would still lack. */
static void put_closest(FILE *out, const struct dsfit_decision *d)
{
	const struct dsfit_assessment *a = &d->closest;
	struct texts t;

	if (d->alternative_count || !a->placed)
		return;
	fprintf(out, "  the nearest, ");
	put_layout(out, a);
	if (!a->divides) {
		fprintf(out, ": the parallel degrees do not divide its GPUs\n");
		return;
	}
	fprintf(out, ", lacks ");
	if (a->gpu == DSFIT_EXCEEDS)
		fprintf(out, "%s a GPU: %s needed at least, %s there\n",
			bytes(dsfit_sub(a->account.gpu.low, a->gpu_capacity), &t, 0),
			bytes(a->account.gpu.low, &t, 1), bytes(a->gpu_capacity, &t, 2));
	else if (a->host == DSFIT_EXCEEDS)
		fprintf(out, "%s host memory a node: %s needed at least, %s there\n",
			bytes(dsfit_sub(a->account.host.low, a->host_capacity), &t, 0),
			bytes(a->account.host.low, &t, 1), bytes(a->host_capacity, &t, 2));
	else
		fprintf(out, "%s\n", a->nvme == DSFIT_EXCEEDS ? "scratch" :
			a->storage == DSFIT_EXCEEDS ? "storage" : "network");
}

static void put_refused(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	char text[REQUEST_TEXT];

	fprintf(out, "refused: ");
	put_workload(out, say->workload);
	if (d->nothing_asked)
		fprintf(out, " asks for no GPUs\n");
	else
		fprintf(out, " does not fit: %s\n", asked_text(say, text));
	each_reason(say, put_indented, out);
	put_obstacle(out, say);
	put_closest(out, d);
	for (size_t i = 0; i < d->alternative_count; i++)
		put_alternative(out, say, &d->alternatives[i]);
}

static void put_decision(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	if (d->mode == DSFIT_MODE_OFF)
		return;
	if (d->fit_denied)
		fprintf(out, "the policy here is to %s, and does not let you choose %s\n",
			dsfit_mode_names[d->mode], dsfit_mode_names[say->workload->fit]);
	switch (d->action) {
	case DSFIT_CORRECT:
		put_corrected(out, say);
		break;
	case DSFIT_REFUSE:
		put_refused(out, say);
		break;
	default:
		put_passed(out, say);
		for (size_t i = 0; i < d->alternative_count; i++)
			put_alternative(out, say, &d->alternatives[i]);
		break;
	}
}

static void put_term(FILE *out, const char *name, uint64_t value)
{
	struct texts t;

	if (value)
		fprintf(out, "  %-22s %10s\n", name, bytes(value, &t, 0));
}

static void put_gpu_account(FILE *out, const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	struct texts t;

	fprintf(out, "GPU memory, at its peak in %s:\n", dsfit_phase_names[gpu->peak_phase]);
	put_term(out, "weights", gpu->weights);
	put_term(out, "gradients", gpu->gradients);
	put_term(out, "optimizer", gpu->optimizer);
	put_term(out, "communication", gpu->communication);
	put_term(out, "activations", gpu->activations);
	put_term(out, "loss", gpu->loss);
	put_term(out, "framework", gpu->framework);
	put_term(out, "slack", gpu->slack);
	fprintf(out, "  %-22s %10s  (%s to %s)", "peak", bytes(gpu->peak, &t, 0),
		bytes(gpu->low, &t, 1), bytes(gpu->high, &t, 2));
	if (a->gpu_capacity)
		fprintf(out, " of %s: %s", bytes(a->gpu_capacity, &t, 3),
			dsfit_verdict_names[a->gpu]);
	fprintf(out, "\n  allocated: %s at rest, %s forward, %s backward, %s step\n",
		bytes(gpu->rest, &t, 0), bytes(gpu->forward, &t, 1), bytes(gpu->backward, &t, 2),
		bytes(gpu->step, &t, 3));
}

static void put_capacity(FILE *out, uint64_t capacity, enum dsfit_verdict verdict)
{
	struct texts t;

	if (capacity)
		fprintf(out, " of %s: %s\n", bytes(capacity, &t, 0),
			dsfit_verdict_names[verdict]);
	else
		fprintf(out, "\n");
}

static void put_other_accounts(FILE *out, const struct dsfit_say *say,
			       const struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;
	struct texts t;

	fprintf(out, "Host memory a node: %s (%s to %s)", bytes(need->host.per_node, &t, 0),
		bytes(need->host.low, &t, 1), bytes(need->host.high, &t, 2));
	put_capacity(out, a->host_capacity, a->host);
	if (need->nvme_per_node) {
		fprintf(out, "NVMe a node: %s", bytes(need->nvme_per_node, &t, 0));
		put_capacity(out, a->nvme_capacity, a->nvme);
	}
	fprintf(out, "Storage: %s, a checkpoint %s", bytes(need->storage, &t, 0),
		bytes(need->checkpoint, &t, 1));
	put_capacity(out, say->site->storage, a->storage);
	if (a->layout.nodes > 1) {
		fprintf(out, "Network: %s a GPU and step, %s a node needed",
			bytes(need->network.bytes_per_step, &t, 0),
			dsfit_format_rate(need->network.required, t.text[1]));
		if (a->network_capacity)
			fprintf(out, " of %s: %s", dsfit_format_rate(a->network_capacity, t.text[2]),
				dsfit_verdict_names[a->network]);
		fprintf(out, "\n");
	}
}

struct estimates {
	struct dsfit_guide_estimate guide;
	struct dsfit_deepspeed_estimate deepspeed;
	bool has_deepspeed;		/* it has no estimate for stage 0 */
};

static void estimate(const struct dsfit_workload *w, const struct dsfit_layout *layout,
		     struct estimates *out)
{
	const struct dsfit_training *t = &w->training;
	bool offload = t->offload_optimizer != DSFIT_OFFLOAD_NONE;

	memset(out, 0, sizeof(*out));
	dsfit_guide_memory(w->model.parameters, t->zero, layout->gpus, &out->guide);
	out->has_deepspeed = t->zero > 0;
	if (t->zero == 3)
		dsfit_deepspeed_zero3(w->model.parameters, w->model.largest_layer,
				      layout->gpus_per_node, layout->nodes, offload,
				      t->offload_param != DSFIT_OFFLOAD_NONE, t->zero_init,
				      t->buffer_factor, &out->deepspeed);
	else if (t->zero)
		dsfit_deepspeed_zero2(w->model.parameters, layout->gpus_per_node, layout->nodes,
				      offload, t->buffer_factor, &out->deepspeed);
}

static void put_estimators(FILE *out, const struct dsfit_say *say,
			   const struct dsfit_assessment *a)
{
	struct estimates e;
	struct texts t;

	estimate(say->workload, &a->layout, &e);
	fprintf(out, "Others' figures: the guide %s a GPU (%s in all)",
		bytes(e.guide.per_gpu, &t, 0), bytes(e.guide.total, &t, 1));
	if (e.has_deepspeed)
		fprintf(out, "; DeepSpeed's estimator %s a GPU, %s host",
			bytes(e.deepspeed.gpu, &t, 2), bytes(e.deepspeed.cpu, &t, 3));
	fprintf(out, "\n");
}

/* What the account is shown for: what the job will be, or what was asked, or, where nothing was,
 * the request found. */
static const struct dsfit_assessment *shown(const struct dsfit_decision *d)
{
	if (d->action == DSFIT_CORRECT)
		return &d->corrected.assessment;
	if (!d->nothing_asked)
		return &d->assessment;
	if (d->alternative_count)
		return &d->alternatives[0].assessment;
	return d->closest.placed ? &d->closest : &d->assessment;
}

static void put_account(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_assessment *a = shown(say->decision);
	const struct dsfit_workload *w = say->workload;
	const struct dsfit_training *t = &w->training;
	char text[2][DSFIT_SIZE_TEXT];

	put_workload(out, w);
	fprintf(out, " on ");
	put_layout(out, a);
	fprintf(out, "\n%s parameters, %s trained, shape %s; %s, %s, checkpointing %s, %s "
		"attention\n", dsfit_format_count(w->model.parameters, text[0]),
		dsfit_format_count(a->account.trainable, text[1]),
		w->model.exact ? "exact" : "assumed", dsfit_precision_names[t->precision],
		dsfit_optimizer_names[t->optimizer], dsfit_checkpointing_names[t->checkpointing],
		dsfit_attention_names[t->attention]);
	if (a->account.nearest_family)
		fprintf(out, "Activations as of the nearest family: %s is not in families.conf "
			"(scripts/trace adds it)\n",
			*w->model.family ? w->model.family : "the model's");
	put_gpu_account(out, a);
	put_other_accounts(out, say, a);
	put_estimators(out, say, a);
	if (a->price >= 0)
		fprintf(out, "Cost: $%.2f an hour", a->price);
	if (a->price >= 0 && a->price_per_billion >= 0)
		fprintf(out, ", $%.2f a billion tokens", a->price_per_billion);
	if (a->price >= 0)
		fprintf(out, "\n");
}

/* Collect what a writer writes; NULL where memory is out. */
static char *collect(const struct dsfit_say *say, void (*first)(FILE *, const struct dsfit_say *),
		     void (*second)(FILE *, const struct dsfit_say *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	first(out, say);
	if (second)
		second(out, say);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *dsfit_say_decision(const struct dsfit_say *say)
{
	bool full = say->workload->explain == DSFIT_EXPLAIN_FULL &&
		    say->decision->mode != DSFIT_MODE_OFF;

	return collect(say, put_decision, full ? put_account : NULL);
}

char *dsfit_say_account(const struct dsfit_say *say)
{
	return collect(say, put_account, put_decision);
}

static struct json_object *json_bytes(uint64_t value)
{
	/* JSON's readers have 63 bits at most: a saturated sum stays a number. */
	return json_object_new_int64(value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static struct json_object *json_known(uint64_t value)
{
	return value ? json_bytes(value) : NULL;
}

static struct json_object *json_price(double value)
{
	return value < 0 ? NULL : json_object_new_double(value);
}

/* Gbps, of which 0 means not known. */
static struct json_object *json_rate(uint64_t bps)
{
	return bps ? json_object_new_double((double)bps / 1e9) : NULL;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_word(struct json_object *object, const char *key, const char *word)
{
	add(object, key, json_object_new_string(word));
}

static struct json_object *json_model(const struct dsfit_workload *w,
				      const struct dsfit_account *account)
{
	struct json_object *o = json_object_new_object();

	add_word(o, "name", w->model.name);
	add(o, "parameters", json_bytes(w->model.parameters));
	add(o, "trainable", json_bytes(account->trainable));
	add(o, "active", json_bytes(w->model.active));
	add_word(o, "shape", w->model.exact ? "exact" : "assumed");
	add_word(o, "activations", account->nearest_family ? "nearest family" : "traced");
	return o;
}

static struct json_object *json_training(const struct dsfit_training *t)
{
	struct json_object *o = json_object_new_object();

	add(o, "zero", json_bytes(t->zero));
	add_word(o, "offload_optimizer", dsfit_offload_names[t->offload_optimizer]);
	add_word(o, "offload_param", dsfit_offload_names[t->offload_param]);
	add_word(o, "precision", dsfit_precision_names[t->precision]);
	add_word(o, "method", dsfit_method_names[t->method]);
	if (t->method != DSFIT_METHOD_FULL) {
		add(o, "lora_rank", json_bytes(t->lora_rank));
		add_word(o, "lora_targets", dsfit_lora_targets_names[t->lora_targets]);
		add_word(o, "base_weights", dsfit_base_weights_names[t->base_weights]);
	}
	add_word(o, "optimizer", dsfit_optimizer_names[t->optimizer]);
	add(o, "micro_batch", json_bytes(t->micro_batch));
	add(o, "accumulation", json_bytes(t->accumulation));
	add(o, "sequence", json_bytes(t->sequence));
	add_word(o, "checkpointing", dsfit_checkpointing_names[t->checkpointing]);
	add_word(o, "attention", dsfit_attention_names[t->attention]);
	add_word(o, "engine", dsfit_engine_names[t->engine]);
	add(o, "tensor", json_bytes(t->tensor));
	add(o, "pipeline", json_bytes(t->pipeline));
	add(o, "expert", json_bytes(t->expert));
	add(o, "sequence_parallel", json_bytes(t->sequence_parallel));
	return o;
}

static struct json_object *json_gpu(const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	struct json_object *o = json_object_new_object(), *phases = json_object_new_object();

	add(o, "weights", json_bytes(gpu->weights));
	add(o, "gradients", json_bytes(gpu->gradients));
	add(o, "optimizer", json_bytes(gpu->optimizer));
	add(o, "communication", json_bytes(gpu->communication));
	add(o, "activations", json_bytes(gpu->activations));
	add(o, "loss", json_bytes(gpu->loss));
	add(o, "framework", json_bytes(gpu->framework));
	add(o, "slack", json_bytes(gpu->slack));
	add(o, "peak", json_bytes(gpu->peak));
	add(o, "low", json_bytes(gpu->low));
	add(o, "high", json_bytes(gpu->high));
	add_word(o, "peak_phase", dsfit_phase_names[gpu->peak_phase]);
	add(o, "capacity", json_known(a->gpu_capacity));
	add(phases, "rest", json_bytes(gpu->rest));
	add(phases, "forward", json_bytes(gpu->forward));
	add(phases, "backward", json_bytes(gpu->backward));
	add(phases, "step", json_bytes(gpu->step));
	add(o, "phases", phases);
	return o;
}

static void add_needs(struct json_object *root, const struct dsfit_say *say,
		      const struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;
	struct json_object *host = json_object_new_object(), *nvme = json_object_new_object();
	struct json_object *storage = json_object_new_object();
	struct json_object *network = json_object_new_object(), *cost = json_object_new_object();

	add(host, "per_node", json_bytes(need->host.per_node));
	add(host, "offload", json_bytes(need->host.offload));
	add(host, "low", json_bytes(need->host.low));
	add(host, "high", json_bytes(need->host.high));
	add(host, "capacity", json_known(a->host_capacity));
	add(root, "host", host);
	add(nvme, "per_node", json_bytes(need->nvme_per_node));
	add(nvme, "capacity", json_known(a->nvme_capacity));
	add(root, "nvme", nvme);
	add(storage, "checkpoint", json_bytes(need->checkpoint));
	add(storage, "total", json_bytes(need->storage));
	add(storage, "capacity", json_known(say->site->storage));
	add(root, "storage", storage);
	add(network, "bytes_per_step", json_bytes(need->network.bytes_per_step));
	add(network, "required_gbps",
	    json_object_new_double((double)need->network.required / 1e9));
	add(network, "capacity_gbps", json_rate(a->network_capacity));
	add(root, "network", network);
	add(cost, "per_hour", json_price(a->price));
	add(cost, "per_billion_tokens", json_price(a->price_per_billion));
	add(root, "cost", cost);
}

static struct json_object *json_estimators(const struct dsfit_say *say,
					   const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object(), *guide = json_object_new_object();
	struct json_object *deepspeed = json_object_new_object();
	struct estimates e;

	estimate(say->workload, &a->layout, &e);
	add(guide, "total", json_bytes(e.guide.total));
	add(guide, "per_gpu", json_bytes(e.guide.per_gpu));
	add(o, "guide", guide);
	add(deepspeed, "gpu", e.has_deepspeed ? json_bytes(e.deepspeed.gpu) : NULL);
	add(deepspeed, "cpu", e.has_deepspeed ? json_bytes(e.deepspeed.cpu) : NULL);
	add(o, "deepspeed", deepspeed);
	return o;
}

static struct json_object *json_verdict(const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object();

	add_word(o, "gpu", dsfit_verdict_names[a->gpu]);
	add_word(o, "host", dsfit_verdict_names[a->host]);
	add_word(o, "nvme", dsfit_verdict_names[a->nvme]);
	add_word(o, "storage", dsfit_verdict_names[a->storage]);
	add_word(o, "network", dsfit_verdict_names[a->network]);
	add_word(o, "overall", dsfit_verdict_names[a->overall]);
	return o;
}

static struct json_object *json_layout(const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object();

	add(o, "nodes", json_bytes(a->layout.nodes));
	add(o, "gpus_per_node", json_bytes(a->layout.gpus_per_node));
	add(o, "gpus", json_bytes(a->layout.gpus));
	add(o, "gpu", a->class ? json_object_new_string(a->class->gpu->name) : NULL);
	return o;
}

static struct json_object *json_alternative(const struct dsfit_say *say,
					    const struct dsfit_alternative *one)
{
	struct json_object *o = json_layout(&one->assessment);
	char text[REQUEST_TEXT];

	add_word(o, "request", request_text(say, &one->request, text));
	add(o, "training", one->training ? json_object_new_string(one->training) : NULL);
	add(o, "peak", json_bytes(one->assessment.account.gpu.peak));
	add(o, "capacity", json_known(one->assessment.gpu_capacity));
	add(o, "per_hour", json_price(one->assessment.price));
	add_word(o, "verdict", dsfit_verdict_names[one->assessment.overall]);
	return o;
}

static void append_reason(void *context, const char *line)
{
	json_object_array_add(context, json_object_new_string(line));
}

char *dsfit_say_json(const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = shown(d);
	struct json_object *root = json_object_new_object();
	struct json_object *reasons = json_object_new_array();
	struct json_object *alternatives = json_object_new_array();
	char *text;

	add(root, "model", json_model(say->workload, &a->account));
	add(root, "training", json_training(&say->workload->training));
	add(root, "layout", json_layout(a));
	add(root, "gpu", json_gpu(a));
	add_needs(root, say, a);
	add(root, "estimators", json_estimators(say, a));
	add(root, "verdict", json_verdict(a));
	each_reason(say, append_reason, reasons);
	add(root, "reasons", reasons);
	if (d->action == DSFIT_CORRECT)
		json_object_array_add(alternatives, json_alternative(say, &d->corrected));
	for (size_t i = 0; i < d->alternative_count; i++)
		json_object_array_add(alternatives, json_alternative(say, &d->alternatives[i]));
	add(root, "alternatives", alternatives);
	text = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
						     JSON_C_TO_STRING_SPACED |
						     JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}
