#!/usr/bin/env bats
# The command dsfit: what it prints, for people and as JSON, and its exit status.

load helpers

# has_keys FILTER KEY...: an object of $output has these keys.
has_keys() {
	local filter=$1 key
	shift
	for key; do
		jq -e "$filter | has(\"$key\")" <<<"$output" >/dev/null || {
			echo "no key $key in $filter"
			return 1
		}
	done
}

# usage_error REGEX ARG...: exit 2, nothing on stdout, and a line that matches on stderr.
usage_error() {
	local regex=$1
	shift
	run_on dsfit "$@"
	is "$status" 2
	is "$output" ''
	matches "$stderr" "$regex"
}

@test "size: exit 0 fits, 1 does not fit, 2 bad usage or input" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4
	is "$status" 0
	matches "$output" 'fits: 13B, ZeRO-3'
	is "$stderr" ''
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4
	is "$status" 1
	matches "$output" 'does not fit: 13B, ZeRO-3'
	usage_error '--model=13X: must be ' size --model=13X
	usage_error '--zero=7: must be ' size --model=13B --zero=7
	usage_error '--gpu=nosuch: no list has a GPU of this name: must be ' size --model=13B --gpu=nosuch
	usage_error '--gpu=h200y: no list has a GPU of this name: did you mean h200\? must be ' \
		size --model=13B --gpu=h200y
	usage_error '--nodes=0' size --model=13B --nodes=0
	usage_error 'no model: add --model with a size' size
	usage_error 'unrecognized option' size --nosuch
	usage_error '7B: unexpected argument: the model is 13B already' size 13B 7B
}

@test "size, nothing asked: 0 where the site has something that fits, else 1" {
	run_on dsfit size --model=13B
	is "$status" 0
	matches "$output" 'fits: .*--gpus-per-node='
	run_on dsfit size --model=560B
	is "$status" 1
}

@test "size --json: the contract's keys" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4 --json
	is "$status" 0
	has_keys . model training gpu host nvme storage network cost estimators verdict reasons \
		alternatives
	has_keys .model name parameters trainable shape
	has_keys .training zero offload_optimizer offload_param precision method optimizer \
		micro_batch accumulation sequence checkpointing attention
	has_keys .gpu weights gradients optimizer communication activations loss framework slack \
		peak low high peak_phase capacity phases
	has_keys .gpu.phases rest forward backward step
	has_keys .host per_node offload low high capacity
	has_keys .nvme per_node capacity
	has_keys .storage checkpoint total capacity
	has_keys .network bytes_per_step required_gbps capacity_gbps
	has_keys .cost per_hour per_billion_tokens
	has_keys .estimators.guide total per_gpu
	has_keys .estimators.deepspeed gpu cpu
	has_keys .verdict gpu host nvme storage network overall
}

@test "size --json: bytes are integers, words are the contract's" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4 --json
	jq -e '[.gpu, .gpu.phases, .host, .nvme, .storage, .estimators[]] | map(to_entries[]) |
		map(.value) | map(select(type == "number")) | all(. == floor and . >= 0)' <<<"$output"
	jq -e '.model.name == "13B" and .model.parameters == 13000000000' <<<"$output"
	jq -e '.model.shape | IN("exact", "assumed")' <<<"$output"
	jq -e '.gpu.peak_phase | IN("forward", "backward", "step")' <<<"$output"
	jq -e '.verdict | map(IN("fits", "tight", "exceeds", "unknown")) | all' <<<"$output"
	jq -e '.gpu | .low <= .peak and .peak <= .high' <<<"$output"
	# What PyTorch allocates is the highest of the phases.
	jq -e '.gpu | (.peak - .framework - .slack) == ([.phases[]] | max)' <<<"$output"
	jq -e '.reasons == [] and .verdict.overall == "fits"' <<<"$output"
}

@test "size --json of a misfit: reasons, and alternatives that fit" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4 --json
	is "$status" 1
	jq -e '.verdict.overall == "exceeds" and .verdict.gpu == "exceeds"' <<<"$output"
	jq -e '.gpu.low > .gpu.capacity' <<<"$output"
	jq -e '.reasons | length > 0 and all(type == "string")' <<<"$output"
	jq -e '.alternatives | length > 0 and all(.verdict == "fits")' <<<"$output"
}

@test "size says what sbatch says" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4 --json
	local reason request
	reason=$(jq -r '.reasons[0]' <<<"$output")
	request=$(jq -r '.alternatives[0].request' <<<"$output")
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 --ds-fit=reject
	[[ $(said) == *"$reason"* ]]
	is "$(alternatives | head -n 1)" "$request"
}

@test "sbatch knows a model by its id of the Hub, as size does" {
	run_sbatch_hold --ds-model=meta-llama/Meta-Llama-3-8B-Instruct -N1 --gpus-per-node=h100:8
	matches "$(said)" 'fits: llama-3-8b, '
	run_on dsfit size --model=meta-llama/Meta-Llama-3-8B-Instruct --nodes=1 --gpus-per-node=h100:8
	matches "$output" 'fits: llama-3-8b, '
}

@test "size, on nodes as described" {
	run_on dsfit size --model=7B --zero=3 --gpu-memory=48GB --gpus-per-node=8 --nodes=4 \
		--network=100Gbps --mem=256GB --json
	is "$status" 0
	jq -e '.gpu.capacity == 48000000000 and .network.capacity_gbps == 100' <<<"$output"
	jq -e '.host.capacity == 256000000000' <<<"$output"
}

@test "size: the exit status is the verdict's, whatever --fit" {
	local fit
	for fit in advise correct reject off; do
		run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4 --fit=$fit
		is "$status" 0
		matches "$output" 'fits: 13B'
		run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4 --fit=$fit
		is "$status" 1
		matches "$output" '(does not fit|corrected|refused): '
		run_on dsfit size --model=13B --fit=$fit
		is "$status" 0
		matches "$output" '(fits|corrected): '
		lacks "$output" refused
		run_on dsfit size --model=560B --fit=$fit
		is "$status" 1
		matches "$output" 'no request at this site fits'
	done
}

@test "size --gpus is the number in all, as in sbatch; --gpus-per-node=TYPE:N too" {
	local request
	for request in '--gpus=a100:16 --nodes=4' '--gpus-per-node=a100:4 --nodes=4' \
		'--gpus=16 --gpu=a100' '--gpus=16 --gpu-memory=40GB --nodes=4'; do
		run_on dsfit size --model=13B --zero=3 $request --json
		is "$status" 0
		is "$(jq -c '[.layout.nodes, .layout.gpus]' <<<"$output")" '[4,16]'
	done
	# What does not fit is said in the same option.
	run_on dsfit size --model=13B --zero=3 --gpus=a100:4 --fit=correct
	is "$status" 1
	matches "$output" 'corrected: --gpus=a100:4 -> .*--gpus=a100:12'
	run_on dsfit size --model=13B --zero=3 --gpus=a100:4 --json
	matches "$(jq -r '.alternatives[0].request' <<<"$output")" '--gpus=a100:12'
}

@test "size: memory without a unit is MiB, 0 the whole node, as in sbatch" {
	local capacity
	for capacity in 65536:68719476736 64G:68719476736 0:536870912000; do
		run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4 \
			--mem="${capacity%:*}" --json
		is "$(jq .host.capacity <<<"$output")" "${capacity#*:}"
	done
	# A scratch of 200 GB would hold it, one of 200000 bytes would not.
	run_on dsfit size --model=7B --offload=nvme --zero=3 --gpu-memory=80GB --gpus-per-node=4 \
		--nodes=1 --mem=1T --tmp=200000 --json
	is "$(jq .nvme.capacity <<<"$output")" 209715200000
}

@test "check: 0 where the configuration is sound, 2 with file and line where not" {
	run_on dsfit check
	is "$status" 0
	matches "$output" '^valid: 125 GPUs, '
	run_on dsfit check --json
	is "$status" 0
	jq -e '.sound == true and .gpus == 125 and .nodes == 5 and .partitions == 3' <<<"$output"
	edited_conf 's/^mode = correct/colour = blue/'
	usage_error "$PWD/dsfit.conf:$(grep -n colour dsfit.conf | cut -d: -f1): .*colour" \
		check --conf="$PWD/dsfit.conf"
	usage_error "$PWD/missing.conf: No such file" check --conf="$PWD/missing.conf"
	usage_error "$PWD/missing.conf: No such file" gpus --conf="$PWD/missing.conf"
}

@test "gpus: with memory, what they cannot do, and the guide's words; a word chooses" {
	run_on dsfit gpus
	is "$status" 0
	is "$(awk 'length > 80' <<<"$output")" ''
	matches "$output" $'\n''a100_80g +80 GB 79.1 GiB +312 +1.89'
	matches "$output" $'\n''v100 +16 GB .*bf16,flash-attention'
	matches "$output" $'\n''a100_3g.20gb +20 GB 19.6 GiB'
	run_on dsfit gpus rtx40
	is "$status" 0
	lacks "$output" a100
	run_on dsfit gpus 'NVIDIA A100-SXM4-80GB'
	is "$(wc -l <<<"$output")" 2
	usage_error 'z9000: no list has a GPU of this name: "dsfit gpus" lists all' gpus z9000
	run_on dsfit gpus --json
	is "$status" 0
	has_keys '.gpus[0]' name label memory usable tflops guide-tflops price best-for cannot slice-of
	jq -e '.gpus | map(.name) | contains(["rtx3060", "rtx4090", "a40", "a100", "h200"])' \
		<<<"$output"
	jq -e '.gpus[] | select(.name == "a100_80g") | .memory == 80000000000 and
		(.usable | type) == "number" and .tflops == 312 and .price == 1.89' <<<"$output"
}

@test "models: by name, as a table and as JSON" {
	run_on dsfit models
	is "$status" 0
	matches "$output" $'\n''llama-2-13b +llama +13.0B +40 '
	run_on dsfit models --json
	is "$status" 0
	jq -e '.models[] | select(.name == "llama-2-13b") | .parameters == 13015864320' <<<"$output"
}

@test "where nobody looks, tables are plain text" {
	run_on dsfit gpus
	lacks "$output" $'\e'
	run_on dsfit size --model=13B
	lacks "$output" $'\e'
}

@test "no command, an unknown one, help and version" {
	usage_error 'Usage: dsfit COMMAND'
	usage_error 'nosuch: must be one of size, .*models' nosuch
	usage_error 'sise: did you mean size\? must be one of size, ' sise
	run_on dsfit --help
	is "$status" 0
	matches "$output" 'Usage: dsfit COMMAND'
	run_on dsfit --version
	is "$status" 0
	matches "$output" '^dsfit [0-9]'
	run_on dsfit size --help
	is "$status" 0
	local option
	for option in model config zero offload nodes gpus-per-node gpu gpu-memory mem tmp network \
		partition sweep svg json conf; do
		matches "$output" "--$option"
	done
}

@test "size: what it says to type, it takes" {
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --gpus-per-node=4
	is "$status" 1
	local request
	request=$(sed -n 's/^  instead: \(.*\) ([^()]*)$/\1/p' <<<"$output" | head -n 1)
	[[ $request ]]
	run_on dsfit size --model=13B --zero=3 $request
	is "$status" 0
	matches "$output" 'fits: 13B'
}

@test "size: what it says to submit fits" {
	local request command
	for request in '' '--gpu=a100 --nodes=3 --gpus-per-node=4' '--goal=experiment' \
		'--gpu=a100 --gpus-per-node=4 --fit=correct'; do
		run_on dsfit size --model=13B --zero=3 $request
		command=$(sed -n 's/^submit with: sbatch //p' <<<"$output")
		[[ $command ]]
		run_sbatch_hold $command
		matches "$(said)" '^fits: 13B'
	done
}

@test "size: degrees that divide nothing" {
	run_on dsfit size --model=8x7B --parallel=expert:65536 --gpu=a100_80g --gpus-per-node=4
	is "$status" 1
	matches "$output" 'expert = 65536 does not divide'
}
