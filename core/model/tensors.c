/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model's parameters are needed three times: to count them, to know which linears get adapters,
 * and to know which ones a 4-bit quantisation replaces. One list of tensors serves all three. It
 * follows a forward pass, and each trait of the family (families.conf) adds or removes tensors:
 *
 *	embedding      tokens, positions, segments
 *	blocks         norms
 *	               attention, or latent attention:     hidden -> rank -> heads
 *	               network, or router and experts:     hidden -> ffn -> hidden
 *	head           unless it is the embedding
 *	vision tower   patches -> blocks -> projector -> width of the text
 *
 * Source: the modelling code of transformers 5.23.
 */
#include "core/model/tensors.h"

#include <string.h>

#include "core/base/size.h"

uint64_t dsfit_tensor_elements(const struct dsfit_tensor *tensor)
{
	return dsfit_mul(dsfit_mul(tensor->in, tensor->out), tensor->stack);
}

uint64_t dsfit_tensors_sum(const struct dsfit_tensor *tensors, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = dsfit_add(sum, dsfit_mul(dsfit_add(dsfit_tensor_elements(&tensors[i]),
							 tensors[i].bias), tensors[i].copies));
	return sum;
}

/* Add a tensor to the list, unless it has no rows or no copies. Returns where it is described. */
static struct dsfit_tensor *add(struct dsfit_tensors *list, enum dsfit_role role, uint64_t in,
				uint64_t out, uint64_t copies)
{
	struct dsfit_tensor *tensor = &list->tensor[list->count];

	*tensor = (struct dsfit_tensor){ .role = role, .in = in, .out = out, .stack = 1,
					 .copies = copies };
	if (in && out && copies && list->count < DSFIT_TENSORS_MAX - 1)
		list->count++;
	return tensor;
}

/* A vector inside a block or outside. */
static void add_vector(struct dsfit_tensors *list, uint64_t elements, uint64_t copies,
		       bool in_block)
{
	add(list, DSFIT_ROLE_VECTOR, elements, 1, copies)->in_block = in_block;
}

/* A linear of a block. The family says which class it has. */
static void add_linear(struct dsfit_tensors *list, const struct dsfit_shape *s,
		       enum dsfit_role role, unsigned parts, uint64_t in, uint64_t out, bool bias,
		       uint64_t copies)
{
	struct dsfit_tensor *tensor = add(list, role, in, out, copies);

	tensor->module = s->traits.linear == DSFIT_LINEAR_NN ? DSFIT_MODULE_LINEAR :
							       DSFIT_MODULE_KIN;
	tensor->bias = bias ? out : 0;
	tensor->in_block = true;
	tensor->parts = parts;
}

/* An nn.Linear outside the blocks. */
static void add_others(struct dsfit_tensors *list, uint64_t in, uint64_t out, bool bias,
		       uint64_t copies)
{
	struct dsfit_tensor *tensor = add(list, DSFIT_ROLE_OTHER, in, out, copies);

	tensor->module = DSFIT_MODULE_LINEAR;
	tensor->bias = bias ? out : 0;
}

static void add_other(struct dsfit_tensors *list, uint64_t in, uint64_t out, bool bias)
{
	add_others(list, in, out, bias, 1);
}

static uint64_t norm_vectors(const struct dsfit_shape *s)
{
	static const uint64_t vectors[] = {
		[DSFIT_NORM_RMS] = 1, [DSFIT_NORM_LAYER] = 2, [DSFIT_NORM_SCALE] = 1,
		[DSFIT_NORM_FIXED] = 0,
	};

	return vectors[s->traits.norm];
}

/* DeepSeek's attention: keys, values and, with q_rank, queries pass through a narrow matrix and a
 * norm. */
static void list_latent_attention(struct dsfit_tensors *list, const struct dsfit_shape *s,
				  uint64_t copies)
{
	uint64_t q = s->heads * (s->nope_size + s->rope_size);
	bool bias = s->traits.qkv_bias;

	if (s->q_rank) {
		add_linear(list, s, DSFIT_ROLE_ATTENTION, DSFIT_PART_QUERY, s->hidden, s->q_rank,
			   bias, copies);
		add_vector(list, s->q_rank, copies, true);
		add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PART_QUERY, s->q_rank, q, false,
			   copies);
	} else {
		add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PART_QUERY, s->hidden, q, false,
			   copies);
	}
	add_linear(list, s, DSFIT_ROLE_ATTENTION, DSFIT_PART_KEY, s->hidden,
		   s->kv_rank + s->rope_size, bias, copies);
	add_vector(list, s->kv_rank, copies, true);
	add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PART_VALUE, s->kv_rank,
		   s->heads * (s->nope_size + s->value_size), false, copies);
	add_linear(list, s, DSFIT_ROLE_ATTENTION, DSFIT_PART_OUTPUT, s->heads * s->value_size,
		   s->hidden, s->traits.o_bias, copies);
}

static void list_attention(struct dsfit_tensors *list, const struct dsfit_shape *s)
{
	/* A decoder layer has two attentions: to its own tokens and to the encoder. */
	uint64_t copies = s->layers * s->traits.sublayers + s->decoder_layers;
	uint64_t q = s->heads * s->head_size, kv = s->kv_heads * s->head_size;
	bool bias = s->traits.qkv_bias;

	if (s->traits.sinks)
		add_vector(list, s->heads, copies, true);
	if (s->kv_rank) {
		list_latent_attention(list, s, copies);
		return;
	}
	if (s->traits.fused_qkv) {
		add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PARTS_QKV, s->hidden,
			   q + 2 * kv, bias, copies);
	} else {
		add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PART_QUERY, s->hidden, q, bias,
			   copies);
		add_linear(list, s, DSFIT_ROLE_ATTENTION, DSFIT_PART_KEY, s->hidden, kv, bias,
			   copies);
		add_linear(list, s, DSFIT_ROLE_QUERY_VALUE, DSFIT_PART_VALUE, s->hidden, kv, bias,
			   copies);
	}
	add_linear(list, s, DSFIT_ROLE_ATTENTION, DSFIT_PART_OUTPUT, q, s->hidden, s->traits.o_bias,
		   copies);
	if (s->traits.qk_norm == DSFIT_QK_NORM_HEAD)
		add_vector(list, 2 * s->head_size * norm_vectors(s), copies, true);
	else if (s->traits.qk_norm == DSFIT_QK_NORM_ALL)
		add_vector(list, q + kv, copies, true);
}

static void list_network(struct dsfit_tensors *list, const struct dsfit_shape *s, uint64_t width,
			 uint64_t copies)
{
	bool bias = s->traits.mlp_bias;

	if (s->gated && s->traits.fused_gate_up) {
		add_linear(list, s, DSFIT_ROLE_NETWORK, DSFIT_PART_GATE | DSFIT_PART_UP, s->hidden,
			   2 * width, bias, copies);
	} else {
		add_linear(list, s, DSFIT_ROLE_NETWORK, DSFIT_PART_UP, s->hidden, width, bias,
			   copies);
		if (s->gated)
			add_linear(list, s, DSFIT_ROLE_NETWORK, DSFIT_PART_GATE, s->hidden, width,
				   bias, copies);
	}
	add_linear(list, s, DSFIT_ROLE_NETWORK, DSFIT_PART_DOWN, width, s->hidden, bias, copies);
	add_vector(list, s->traits.network_scalars, copies, true);
}

/* The same matrix of all experts. */
static void add_experts(struct dsfit_tensors *list, const struct dsfit_shape *s, uint64_t in,
			uint64_t out, uint64_t copies)
{
	bool apart = s->traits.experts_linear;
	struct dsfit_tensor *tensor =
		add(list, DSFIT_ROLE_EXPERTS, in, out, apart ? s->experts * copies : copies);

	tensor->in_block = true;
	tensor->parts = DSFIT_PART_EXPERTS;
	tensor->module = apart ? DSFIT_MODULE_LINEAR : DSFIT_MODULE_PLAIN;
	tensor->stack = apart ? 1 : s->experts;
	tensor->bias = s->traits.expert_bias ? dsfit_mul(out, tensor->stack) : 0;
}

static void list_experts(struct dsfit_tensors *list, const struct dsfit_shape *s, uint64_t layers)
{
	struct dsfit_tensor *router;

	router = add(list, DSFIT_ROLE_ROUTER, s->hidden, s->experts + s->zero_experts, layers);
	router->bias = s->traits.expert_bias ? s->experts : 0;
	router->module = s->traits.router_linear ? DSFIT_MODULE_KIN : DSFIT_MODULE_PLAIN;
	router->in_block = true;
	router->parts = DSFIT_PART_ROUTER;
	/* If experts are 3-D parameters, gate and up are one tensor. */
	if (s->gated && !s->traits.experts_linear) {
		add_experts(list, s, s->hidden, 2 * s->expert_ffn, layers);
	} else {
		add_experts(list, s, s->hidden, s->expert_ffn, layers);
		if (s->gated)
			add_experts(list, s, s->hidden, s->expert_ffn, layers);
	}
	add_experts(list, s, s->expert_ffn, s->hidden, layers);
	if (!s->shared_ffn)
		return;
	list_network(list, s, s->shared_ffn, layers);
	if (s->traits.shared_gate)
		add_linear(list, s, DSFIT_ROLE_NETWORK, DSFIT_PART_ROUTER, s->hidden, 1, false,
			   layers);
}

static void list_blocks(struct dsfit_tensors *list, const struct dsfit_shape *s)
{
	uint64_t dense = s->experts ? s->dense_layers : s->layers;

	list_attention(list, s);
	/* Longcat's blocks have experts in addition to their dense networks. */
	if (s->traits.sublayers > 1)
		dense = s->layers * s->traits.sublayers;
	list_network(list, s, s->ffn, dense);
	if (s->experts)
		list_experts(list, s, s->layers - s->dense_layers);
	add_vector(list, s->hidden * norm_vectors(s),
		   s->layers * s->traits.norms + s->decoder_layers, true);
}

/* The embeddings, and the matrices that bert and opt have next to them. */
static void list_text_ends(struct dsfit_tensors *list, const struct dsfit_shape *s)
{
	uint64_t width = s->embedding_size ? s->embedding_size : s->hidden;
	bool encoder = s->layers > s->decoder_layers, decoder = s->decoder_layers;
	struct dsfit_tensor *head;

	add(list, DSFIT_ROLE_TABLE, s->vocab, width, 1)->parts = DSFIT_PART_EMBEDDING;
	add(list, DSFIT_ROLE_TABLE, s->positions, s->hidden, 1);
	add(list, DSFIT_ROLE_TABLE, s->segments, s->hidden, 1);
	add(list, DSFIT_ROLE_TABLE, s->relative_buckets, s->heads,
	    (uint64_t)encoder + (uint64_t)decoder);
	if (width != s->hidden) {
		add_other(list, width, s->hidden, false);
		add_other(list, s->hidden, width, false);
	}
	if (s->traits.final_norm)
		add_vector(list, s->hidden * norm_vectors(s), decoder && encoder ? 2 : 1, false);
	if (s->traits.transform) {
		add_other(list, s->hidden, s->hidden, true);
		add_vector(list, s->hidden * norm_vectors(s), 1, false);
	} else if (s->traits.pooler) {
		add_other(list, s->hidden, s->hidden, true);
	}
	if (s->tied) {
		/* The head's matrix is the embedding; only its bias counts here. */
		if (s->traits.head_bias || s->traits.transform)
			add_vector(list, s->vocab, 1, false);
		return;
	}
	head = add(list, DSFIT_ROLE_HEAD, width, s->vocab, 1);
	head->module = DSFIT_MODULE_LINEAR;
	head->parts = DSFIT_PART_HEAD;
	head->bias = s->traits.head_bias ? s->vocab : 0;
}

static void list_two_matrices(struct dsfit_tensors *list, const struct dsfit_shape *s,
			      uint64_t from, uint64_t width)
{
	add_other(list, from, width, s->traits.head_bias);
	add_other(list, width, width, s->traits.head_bias);
}

/* From the patches of a tower to the width of the text. */
static void list_projector(struct dsfit_tensors *list, const struct dsfit_shape *s, uint64_t width)
{
	uint64_t merged = dsfit_mul(s->hidden, s->merge * s->merge);

	switch (s->traits.projector) {
	case DSFIT_PROJECTOR_NONE:
		break;
	case DSFIT_PROJECTOR_LINEAR:
		add_other(list, s->hidden, s->output ? s->output : width, true);
		break;
	case DSFIT_PROJECTOR_NORM:
		add(list, DSFIT_ROLE_OTHER, s->hidden, width, 1);
		add_vector(list, s->hidden, 1, false);
		break;
	case DSFIT_PROJECTOR_NEWLINE:
		add_vector(list, width, 1, false);
		list_two_matrices(list, s, s->hidden, width);
		break;
	case DSFIT_PROJECTOR_UNFOLD:
		add_vector(list, s->hidden, 1, false);
		add_other(list, merged, s->hidden, false);
		list_two_matrices(list, s, s->hidden, width);
		break;
	case DSFIT_PROJECTOR_WIDE:
		add_vector(list, merged, 2, false);
		list_two_matrices(list, s, merged, width);
		break;
	case DSFIT_PROJECTOR_MLP:
		list_two_matrices(list, s, s->hidden, width);
		break;
	case DSFIT_PROJECTOR_MERGER:
		add_vector(list, s->hidden * norm_vectors(s), 1, false);
		/* The additional mergers norm the patches after merging them. */
		add_vector(list, dsfit_mul(merged, norm_vectors(s)), s->mergers, false);
		add_others(list, merged, merged, true, s->mergers + 1);
		add_others(list, merged, s->output ? s->output : width, true, s->mergers + 1);
		break;
	case DSFIT_PROJECTOR_SHUFFLE:
		add_other(list, merged, width, false);
		break;
	}
}

/* Siglip's summary of a picture: attention from one learned query, and a network. */
static void list_pooling_head(struct dsfit_tensors *list, const struct dsfit_shape *s)
{
	struct dsfit_tensor *tensor;

	add_vector(list, s->hidden, 1, false);
	tensor = add(list, DSFIT_ROLE_OTHER, s->hidden, 3 * s->hidden, 1);
	tensor->bias = 3 * s->hidden;
	tensor = add(list, DSFIT_ROLE_OTHER, s->hidden, s->hidden, 1);
	tensor->module = DSFIT_MODULE_KIN;
	tensor->bias = s->hidden;
	add_vector(list, s->hidden * norm_vectors(s), 1, false);
	add_other(list, s->hidden, s->ffn, true);
	add_other(list, s->ffn, s->hidden, true);
}

static void list_tower_ends(struct dsfit_tensors *list, const struct dsfit_shape *s,
			    uint64_t width)
{
	uint64_t pixels = dsfit_mul(s->patch * s->patch, s->channels * s->frames);
	struct dsfit_tensor *patches = add(list, DSFIT_ROLE_OTHER, pixels, s->hidden, 1);

	patches->bias = s->traits.patch_bias ? s->hidden : 0;
	if (s->traits.class_token)
		add_vector(list, s->hidden, 1, false);
	add(list, DSFIT_ROLE_TABLE, s->positions, s->hidden, 1);
	if (s->traits.final_norm)
		add_vector(list, s->hidden * norm_vectors(s), 1, false);
	if (s->traits.pooling_head)
		list_pooling_head(list, s);
	list_projector(list, s, width);
}

void dsfit_tensors_list(const struct dsfit_shape *shape, uint64_t width,
			struct dsfit_tensors *out)
{
	memset(out, 0, sizeof(*out));
	if (shape->traits.embedding_norm)
		add_vector(out, shape->hidden * norm_vectors(shape), 1, false);
	list_blocks(out, shape);
	if (shape->patch)
		list_tower_ends(out, shape, width);
	else
		list_text_ends(out, shape);
}

static bool looks_like(const struct dsfit_tensor *a, const struct dsfit_tensor *b)
{
	return a->role == b->role && a->in == b->in && a->out == b->out && a->stack == b->stack &&
	       a->bias == b->bias && a->in_block && b->in_block;
}

/* Append what an entry of another list is, as the known ones say: one entry or several. `behind` is
 * how many entries that list has after it, for which there must be room. */
static void append_told(const struct dsfit_tensor *entry, size_t behind,
			const struct dsfit_tensors *known, struct dsfit_tensors *out)
{
	uint64_t copies = 0;
	size_t alike = 0;

	for (size_t i = 0; i < known->count; i++)
		if (looks_like(&known->tensor[i], entry)) {
			copies = dsfit_add(copies, known->tensor[i].copies);
			alike++;
		}
	if (copies != entry->copies || out->count + alike + behind > DSFIT_TENSORS_MAX) {
		out->tensor[out->count++] = *entry;
		return;
	}
	for (size_t i = 0; i < known->count; i++) {
		if (!looks_like(&known->tensor[i], entry))
			continue;
		out->tensor[out->count] = *entry;
		out->tensor[out->count].parts = known->tensor[i].parts;
		out->tensor[out->count++].copies = known->tensor[i].copies;
	}
}

void dsfit_tensors_tell(const struct dsfit_shape *shape, struct dsfit_tensors *list)
{
	const struct dsfit_tensors from = *list;
	struct dsfit_tensors known;

	dsfit_tensors_list(shape, 0, &known);
	list->count = 0;
	for (size_t i = 0; i < from.count; i++)
		append_told(&from.tensor[i], from.count - 1 - i, &known, list);
}
