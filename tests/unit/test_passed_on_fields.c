/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that every member of a workload that should travel does, and that no row is missing. The
 * rows are compared with the struct itself: each byte of struct dsfit_workload belongs to one row,
 * to a member that is listed below because it stays behind, or to padding.
 *
 * core/declare/passed_on.c is included whole, because its tables are its own; the linker then
 * leaves out the core's copy of it.
 */
#include "core/declare/passed_on.c"

#include "tests/unit/unit.h"

/* ---- the bytes of a workload ---------------------------------------------------------------- */

#define MEMBER(member) AT(member), sizeof(((struct dsfit_workload *)NULL)->member)

/* Members without a row, and why. */
static const struct {
	size_t offset, size;
	const char *why;
} stays[] = {
	{ MEMBER(training.offload_all), "settled into offload_optimizer and offload_param" },
	{ MEMBER(training.reduce_bucket_auto), "filled in from the model's width" },
	{ MEMBER(training.prefetch_bucket_auto), "filled in from the model's width" },
	{ MEMBER(training.persistence_auto), "filled in from the model's width" },
	{ MEMBER(stops), "the host that reads the file prints it" },
};

static size_t size_of(const struct field *field)
{
	static const size_t sizes[] = {
		[NUMBER] = sizeof(uint64_t), [SMALL] = sizeof(unsigned), [FLAG] = sizeof(bool),
		[WORD] = sizeof(unsigned), [DECIMAL] = sizeof(double), [TEXT] = DSFIT_NAME_MAX,
		[TENSORS] = sizeof(struct dsfit_tensors), [LAYERS] = sizeof(struct dsfit_layers),
	};

	return sizes[field->kind];
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define HAS_CLEAR_PADDING
#endif
#endif

#ifdef HAS_CLEAR_PADDING
START_TEST(every_member_has_a_row)
{
	unsigned char owners[sizeof(struct dsfit_workload)] = { 0 };
	union {
		struct dsfit_workload workload;
		unsigned char bytes[sizeof(struct dsfit_workload)];
	} members;

	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);

		for (size_t byte = 0; byte < size_of(&field); byte++)
			owners[field.offset + byte]++;
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(stays); i++)
		for (size_t byte = 0; byte < stays[i].size; byte++)
			owners[stays[i].offset + byte]++;
	/* Bytes that are not 0 afterwards belong to a member. */
	memset(&members, 0xff, sizeof(members));
	__builtin_clear_padding(&members.workload);
	for (size_t byte = 0; byte < sizeof(owners); byte++) {
		if (!members.bytes[byte])
			continue;
		ck_assert_msg(owners[byte] > 0, "byte %zu of a workload has no row (training "
			      "begins at %zu, its counts at %zu)", byte, AT(training),
			      AT(model.counts));
		ck_assert_msg(owners[byte] == 1, "byte %zu of a workload has %u rows", byte,
			      owners[byte]);
	}
}
END_TEST
#endif

START_TEST(keys_are_unique)
{
	for (size_t i = 0; i < FIELDS; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(field_at(i).key, field_at(j).key);
}
END_TEST

/* ---- each field there and back -------------------------------------------------------------- */

static unsigned count_words(const char *const *words)
{
	unsigned count = 0;

	while (words[count])
		count++;
	return count;
}

/* Change a field to another value. Each field with a number gets its own. */
static void change(const struct field *field, size_t i, void *at)
{
	uint64_t number;
	unsigned word;
	double decimal;

	switch (field->kind) {
	case NUMBER:
		memcpy(&number, at, sizeof(number));
		number = number == field->min + i ? field->min + i + 1000 : field->min + i;
		number = dsfit_min(number, field->max);
		memcpy(at, &number, sizeof(number));
		break;
	case SMALL:
		memcpy(&word, at, sizeof(word));
		word = word < field->max ? word + 1 : word - 1;
		memcpy(at, &word, sizeof(word));
		break;
	case FLAG:
		*(bool *)at = !*(bool *)at;
		break;
	case WORD:
		memcpy(&word, at, sizeof(word));
		word = (word + 1) % count_words(field->words);
		memcpy(at, &word, sizeof(word));
		break;
	case DECIMAL:
		decimal = (double)field->min + 0.123456;
		memcpy(at, &decimal, sizeof(decimal));
		break;
	case TENSORS:
		((struct dsfit_tensors *)at)->count = 2;
		((struct dsfit_tensors *)at)->tensor[1] = (struct dsfit_tensor){
			DSFIT_ROLE_ROUTER, DSFIT_MODULE_KIN, 3, 4, 5, 6, 7, true, false, 8 };
		break;
	case LAYERS:
		((struct dsfit_layers *)at)->count = 4;
		((struct dsfit_layers *)at)->kind[1] = ((struct dsfit_layers *)at)->kind[2] = 2;
		((struct dsfit_layers *)at)->dimension[DSFIT_DIM_FFN] = 11008;
		((struct dsfit_layers *)at)->dimension[DSFIT_DIM_Z] = 256;
		break;
	default:
		snprintf(at, DSFIT_NAME_MAX, "name-%zu", i);
		break;
	}
}

static bool same_tensors(const struct dsfit_tensors *a, const struct dsfit_tensors *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count; i++) {
		const struct dsfit_tensor *p = &a->tensor[i], *q = &b->tensor[i];

		same &= p->role == q->role && p->module == q->module && p->in == q->in &&
			p->out == q->out && p->stack == q->stack && p->bias == q->bias &&
			p->copies == q->copies && p->in_block == q->in_block &&
			p->parts == q->parts;
	}
	return same;
}

static bool same(const struct field *field, const struct dsfit_workload *a,
		 const struct dsfit_workload *b)
{
	const char *x = (const char *)a + field->offset, *y = (const char *)b + field->offset;
	double p, q;

	if (field->kind == TENSORS)
		return same_tensors((const void *)x, (const void *)y);
	if (field->kind == TEXT)
		return !strcmp(x, y);
	if (field->kind != DECIMAL)
		return !memcmp(x, y, size_of(field));
	memcpy(&p, x, sizeof(p));
	memcpy(&q, y, sizeof(q));
	return p > q - 1e-9 && p < q + 1e-9;
}

/* Write `in`, read it again, and compare all fields. */
static void there_and_back(const struct dsfit_workload *in, const char *what)
{
	struct dsfit_workload out;
	struct dsfit_error err = { "" };
	char line[DSFIT_PASSED_ON_MAX];

	ck_assert_msg(!dsfit_passed_on_write(in, line, sizeof(line)), "%s: too long", what);
	ck_assert_msg(!read_pairs(line, &out, &err), "%s: %s", what, err.text);
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);

		ck_assert_msg(same(&field, in, &out), "%s: %s is another one after: %s", what,
			      field.key, line);
	}
}

START_TEST(each_field_travels)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);
		struct dsfit_workload plain, in;

		baseline(&plain);
		baseline(&in);
		change(&field, i, (char *)&in + field.offset);
		ck_assert_msg(!same(&field, &plain, &in), "%s was not changed", field.key);
		there_and_back(&in, field.key);
	}
}
END_TEST

/* All fields have other values at once. The line must be as it has been since dsfit1, so that gates
 * of other versions can read it. */
START_TEST(all_fields_travel)
{
	static const char known[] = "dsfit1"
		",name=name-0,family=name-1,activation=name-2,parameters=4,active=5"
		",largest-layer=5,source=published,exact=yes,known-family=yes,stored-bits=1"
		",layers=10,hidden=11,heads=12,kv-heads=13,head-size=14,ffn=15,vocab=16"
		",max-sequence=17,experts=18,experts-per-token=19,shared-experts=20"
		",expert-ffn=21,gated=yes,tied=yes,shared-ffn=24,dense-layers=25"
		",zero-experts=26,decoder-layers=27,embedding-size=28,positions=29,segments=30"
		",relative-buckets=31,q-rank=32,kv-rank=33,nope-size=34,rope-size=35"
		",value-size=36,patch=37,image=38,channels=39,frames=40,merge=41,output=42"
		",mergers=43,norm=rms,norms=45,sublayers=46,network-scalars=47,qk-norm=head"
		",linear=conv1d,qkv-bias=yes,o-bias=yes,mlp-bias=yes,head-bias=yes"
		",expert-bias=yes,experts-linear=yes,experts-transposed=yes,experts-adapted=yes"
		",fused-qkv=yes,fused-gate-up=yes,parallel-blocks=yes,embedding-norm=yes"
		",final-norm=yes,sinks=yes,shared-gate=yes,router-linear=yes"
		",encoder-decoder=yes,learned-positions=yes,position-offset=68,pooler=yes"
		",transform=yes,class-token=yes,patch-bias=yes,pooling-head=yes"
		",projector=linear,count=75,count-active=76,count-embedding=77,count-head=78"
		",count-dense=79,count-routed=80,count-vectors=81,count-vision=82"
		",count-blocks=83,largest-parameter=84,largest-module=85,count-quantised=86"
		",vision-sides=87,zero=1,zero-given=yes,offload-optimizer=cpu,offload-param=cpu"
		",asked-optimizer=cpu,asked-param=cpu,offload-in-file=yes,offload-default=yes"
		",method=lora,lora-rank=98,lora-targets=attention,lora-modules=99"
		",lora-dropout=0.123456,dora=yes,modules-to-save=102,experts-stored=quantised"
		",base-weights=bf16,base-weights-given=yes,engine=fsdp,micro-batch=108"
		",micro-batch-given=yes,micro-batch-auto=yes,accumulation=111"
		",accumulation-given=yes,train-batch=112,sequence=114,precision=fp16"
		",optimizer=adam8bit,optimizer-in-file=yes,autocast=yes,checkpointing=none"
		",attention=eager,loss=fused,task=lm,objective=dpo,reference=yes,completion=124"
		",frozen=vision,padding=yes,outputs-kept=yes,images-per-sample=128"
		",eval-batch=129,eval-batch-declared=yes,foreach=yes,master=yes,workers=133"
		",save-total-limit=134,transformers=135,torch=136,deepspeed=137,tensor=139"
		",pipeline=140,expert=141,sequence-parallel=142,dataset=142,reduce-bucket=143"
		",allgather-bucket=144,prefetch-bucket=145,max-live=146,max-reuse=147"
		",persistence=148,model-persistence=149,sub-group=150,overlap-comm=yes"
		",overlap-comm-given=yes,reduce-scatter=no,contiguous-gradients=no,hpz=156"
		",quantized-weights=yes,quantized-gradients=yes,quantized-frozen=yes"
		",mics-shard=159,offload-ratio=0.123456,pin-optimizer=no,pin-param=no"
		",optimizer-buffers=163,param-buffers=164,param-buffer-size=165"
		",param-in-cpu=166,accumulate=16-bit,communicate=16-bit,bf16-states=yes"
		",no-master=yes,partition-activations=yes,cpu-checkpointing=yes,zero-init=no"
		",zero-init-declared=yes,buffer-factor=1.123456,batch-declared=yes"
		",sequence-declared=yes,goal=experiment,fit=advise,fit-given=yes,explain=full"
		",not-understood=yes,tensors=0.0.0.0.0.0.0.0.0/5.2.1.8.3.4.5.6.7,labels=184"
		",layer-kinds=1x0.2x2.1x0/f11008.z256,precision-declared=yes,inferred=yes"
		",vision-qv=188,vision-key=189,image-tokens=190,tower=name-191"
		",tower-projector=linear,tower-layers=193,tower-unused=1,tower-hidden=195"
		",tower-heads=196,tower-ffn=197,tower-mergers=198,tower-idle=199"
		",tower-patches=200,tower-tokens=201,tower-numbers=202,tower-any-size=1"
		",tower-input-gradient=1,save=yes,gather-on-save=yes"
		",deepspeed-patch=207,pin-optimizer-given=yes,pin-param-given=yes"
		",vision-projector=210,tower-tiles=211";
	struct dsfit_workload in;
	char line[DSFIT_PASSED_ON_MAX];

	baseline(&in);
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);

		change(&field, i, (char *)&in + field.offset);
	}
	there_and_back(&in, "all fields");
	ck_assert_int_eq(dsfit_passed_on_write(&in, line, sizeof(line)), 0);
	ck_assert_str_eq(line, known);
}
END_TEST

/* The limits of a row are the same for writing and reading: the largest allowed value travels. */
START_TEST(limits_travel)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field field = field_at(i);
		struct dsfit_workload in, out;
		struct dsfit_error err = { "" };
		char line[DSFIT_PASSED_ON_MAX];

		if (field.kind != NUMBER)
			continue;
		baseline(&in);
		strcpy(in.model.name, "x");
		memcpy((char *)&in + field.offset, &field.max, sizeof(field.max));
		there_and_back(&in, field.key);
		if (field.max == UINT64_MAX)
			continue;
		snprintf(line, sizeof(line), PREFIX ",%s=%llu", field.key,
			 (unsigned long long)field.max + 1);
		ck_assert_msg(read_pairs(line, &out, &err) == -1, "%s: beyond its limit", line);
		unit_assert_begins(err.text, field.key);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("passed_on_fields");
	TCase *tcase = unit_case(suite, "fields");

#ifdef HAS_CLEAR_PADDING
	tcase_add_test(tcase, every_member_has_a_row);
#endif
	tcase_add_test(tcase, keys_are_unique);
	tcase_add_test(tcase, each_field_travels);
	tcase_add_test(tcase, all_fields_travel);
	tcase_add_test(tcase, limits_travel);
	return unit_run(suite);
}
