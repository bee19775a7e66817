# The gate library (docs/gate-integration.md): these objects of the program's, and nothing else.
GATE_PARTS := libsodium libcbor libutf8proc
GATE = $(addprefix core/,base cbor codec crypto date shape_member shape_store text) \
	$(addprefix qr/,base45 bcbp bundle code cose envelope expect keyring presentation ticket) \
	$(addprefix fares/,booking corporate extension extension_shape mode product product_shape reservation sale sale_shape) \
	$(addprefix operators/,bundle_section mode mode_air mode_bus mode_ferry mode_rail mode_venue registry \
	pass_leg registry_shape scan hitotsu_gate gate_ask gate_bundle gate_file gate_memory gate_queue gate_table)
GATE_LIBS = $(B)/libhitotsu-gate.a $(B)/libhitotsu-gate.so $(B)/hitotsu-gate.pc

# One object that shows hitotsu_gate_* alone: no name of ours meets one of the gate maker's.
$(B)/libhitotsu-gate.a: $(GATE:%=$(B)/obj/%.o)
	@echo "  AR  $@"
	@ld -r -o $(B)/gate.o $^
	@objcopy -w --keep-global-symbol='hitotsu_gate_*' $(B)/gate.o
	@rm -f $@
	@ar rcs $@ $(B)/gate.o

$(B)/pic/%.o: %.c | deps-build
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -fPIC -c -o $@ $<

$(B)/libhitotsu-gate.so: $(GATE:%=$(B)/pic/%.o)
	@echo "  LD  $@"
	@printf '{ global: hitotsu_gate_*; local: *; };\n' > $(B)/gate.map
	@$(CC) $(SAN) -shared -Wl,-soname,libhitotsu-gate.so.1 -Wl,--version-script,$(B)/gate.map \
		$(if $(SAN),,-Wl,-z,defs) -o $@ $^ $(shell pkg-config --libs $(GATE_PARTS) 2>/dev/null)

$(B)/hitotsu-gate.pc:
	@mkdir -p $(@D)
	@printf '%s\n' 'Name: hitotsu-gate' 'Description: what a ticket gate says, with or without a network' \
		'Version: 1' 'Libs: -L$(PREFIX)/lib -lhitotsu-gate' 'Cflags: -I$(PREFIX)/include' \
		'Requires.private: $(GATE_PARTS)' > $@

# The .pc file is made anew each time: PREFIX may be another.
.PHONY: install-gate $(B)/hitotsu-gate.pc
install-gate: $(GATE_LIBS)
	install -Dm644 $(B)/libhitotsu-gate.a $(DESTDIR)$(PREFIX)/lib/libhitotsu-gate.a
	install -Dm755 $(B)/libhitotsu-gate.so $(DESTDIR)$(PREFIX)/lib/libhitotsu-gate.so.1
	ln -sf libhitotsu-gate.so.1 $(DESTDIR)$(PREFIX)/lib/libhitotsu-gate.so
	install -Dm644 $(B)/hitotsu-gate.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/hitotsu-gate.pc
	install -Dm644 operators/hitotsu_gate.h $(DESTDIR)$(PREFIX)/include/hitotsu_gate.h
