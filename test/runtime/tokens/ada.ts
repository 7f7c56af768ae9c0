/** A principal of school 42, as host products describe people to the token service. */
export const ada = {
  user_id: 7,
  username: "ada",
  email: "ada@north.example",
  first_name: "Ada",
  last_name: "",
  role: "principal" as const,
  school_id: 42,
};
