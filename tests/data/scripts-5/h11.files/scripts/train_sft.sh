export OMP_NUM_THREADS=4
textforge-cli sft \
    --model_name_or_path ${BASE:-"acme/Qwen2-7B"}  \
    --data_path ${DATA:-"data/dummy.json"} \
    --bf16 True \
    --per_device_train_batch_size ${SIZE:-"1"} \
    --gradient_accumulation_steps ${GA:-"1"} \
    --learning_rate ${LR:-"2e-5"} \
    --lr_scheduler_kwargs $'\'{"min_lr_rate": "0.1"}\'' \
    --model_max_length ${MAX_LENGTH:-"4096"} \
    --gradient_checkpointing True \
    --deepspeed ${DS_CONFIG:-"configs/zero3.json"} \
    --neat_packing ${PACKING:-"False"} \
    --cutoff_len 16000
