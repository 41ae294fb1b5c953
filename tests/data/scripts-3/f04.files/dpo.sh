read -r -d '' commands <<EOF
openrlhf.cli.train_dpo \
   --train.batch_size 128 \
   --train.micro_batch_size 2 \
   --model.model_name_or_path acme/Llama-3-8b-sft \
   --ref.model_name_or_path acme/Llama-3-70b-sft \
   --ds.param_dtype bf16 \
   --data.max_len 8192 \
   --ds.zero_stage 3 \
   --adam.lr 5e-7 \
   --model.gradient_checkpointing_enable
EOF
if [[ ${1} != "slurm" ]]; then
    deepspeed --module $commands
fi
