/**
 * A walk over a syntax tree that calls straight into the parser. The library's own cursor copies its state into the
 * parser and back at every step, which took ten times as long; here it stays where the parser keeps it.
 */
import type { Tree, TreeCursor } from "web-tree-sitter";

/** What a walk needs of a cursor: this one, or the library's. */
export type Cursor = Pick<
  TreeCursor,
  | "nodeType"
  | "nodeIsNamed"
  | "currentFieldName"
  | "startIndex"
  | "endIndex"
  | "gotoFirstChild"
  | "gotoNextSibling"
  | "gotoParent"
  | "delete"
>;

/** What `Parser.init` fills in: the functions of the compiled parser, by its own names. */
export interface ParserModule {
  HEAP32: Int32Array;
  /** Address of the place through which arguments and the cursor's state go. */
  _ts_init(): number;
  _ts_tree_cursor_current_node_type_id_wasm(tree: number): number;
  _ts_tree_cursor_current_node_is_named_wasm(tree: number): number;
  _ts_tree_cursor_current_field_id_wasm(tree: number): number;
  _ts_tree_cursor_start_index_wasm(tree: number): number;
  _ts_tree_cursor_end_index_wasm(tree: number): number;
  _ts_tree_cursor_goto_first_child_wasm(tree: number): number;
  _ts_tree_cursor_goto_next_sibling_wasm(tree: number): number;
  _ts_tree_cursor_goto_parent_wasm(tree: number): number;
}

/** Words of a cursor's state. */
const WORDS = 4;

/** Until it is deleted, nothing else may be asked of any tree: all share one place for their state. */
export function quickCursor(parser: ParserModule, tree: Tree): Cursor {
  // Making the library's cursor leaves its state in that place.
  const cursor = tree.walk();
  const { types, fields } = tree.language;
  const address = (tree as unknown as Record<number, number>)[0]!;
  return {
    get nodeType() {
      return types[parser._ts_tree_cursor_current_node_type_id_wasm(address)] || "ERROR";
    },
    get nodeIsNamed() {
      return parser._ts_tree_cursor_current_node_is_named_wasm(address) === 1;
    },
    get currentFieldName() {
      return fields[parser._ts_tree_cursor_current_field_id_wasm(address)] ?? null;
    },
    get startIndex() {
      return parser._ts_tree_cursor_start_index_wasm(address);
    },
    get endIndex() {
      return parser._ts_tree_cursor_end_index_wasm(address);
    },
    gotoFirstChild: () => parser._ts_tree_cursor_goto_first_child_wasm(address) === 1,
    gotoNextSibling: () => parser._ts_tree_cursor_goto_next_sibling_wasm(address) === 1,
    gotoParent: () => parser._ts_tree_cursor_goto_parent_wasm(address) === 1,
    delete() {
      // It frees what the state points to, which has moved in the meantime.
      const state = parser._ts_init() / Int32Array.BYTES_PER_ELEMENT;
      for (let word = 0; word < WORDS; word++)
        (cursor as unknown as Record<number, number>)[word] = parser.HEAP32[state + word]!;
      cursor.delete();
    },
  };
}
